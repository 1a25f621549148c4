"""The figures that lessons share. Each function returns a Plot: the figure, and its words."""

from tlcourse.results.plots.confusion import confusion_matrix as confusion_matrix
from tlcourse.results.plots.sheet import Plot as Plot
