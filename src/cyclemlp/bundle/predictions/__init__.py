"""Predictions for many files: finding the files, predicting them, writing the results."""
