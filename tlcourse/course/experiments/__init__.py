"""The careful experiments of single lessons: each is called in a line, its result a table or a figure."""
