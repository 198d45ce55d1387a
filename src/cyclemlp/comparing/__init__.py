"""Comparisons of models that are trained alike, and of the cost of published models."""
