"""The data report: all files of the splits are decoded once before training."""
