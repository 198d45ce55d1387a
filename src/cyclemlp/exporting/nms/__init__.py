"""Detectors as one graph each, in which boxes are decoded and suppressed too."""
