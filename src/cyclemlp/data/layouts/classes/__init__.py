"""Splits of images with one class each: class folders, tar files, timm data sets."""
