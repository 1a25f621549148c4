"""Graphs, weights, backbones, and what they say of pictures."""
