"""The figures that lessons share. Each function returns a Plot: the figure, and its words."""

from tlcourse.results.plots.comparing import comparison as comparison
from tlcourse.results.plots.confusion import confusion_matrix as confusion_matrix
from tlcourse.results.plots.gallery import heat_map as heat_map
from tlcourse.results.plots.gallery import pictures as pictures
from tlcourse.results.plots.learning import learning_curves as learning_curves
from tlcourse.results.plots.lines import curves as curves
from tlcourse.results.plots.sheet import Plot as Plot
from tlcourse.results.plots.thresholds import roc as roc
