"""Careful experiments of single lessons, each called in one line of its lesson."""
