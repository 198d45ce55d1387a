"""Pipelines from an image and its target to a network's input, for each task."""
