"""Data sets: layouts on disk, the check before training, transforms and loaders.

This package does not depend on models, tasks or training.
"""
