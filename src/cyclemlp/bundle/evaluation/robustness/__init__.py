"""Errors on corrupted images, as in ImageNet-C."""
