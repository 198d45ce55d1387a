"""Which file names are names of images."""

from __future__ import annotations

from pathlib import PurePath

IMAGE_SUFFIXES = frozenset(
    {
        *(".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".ppm", ".pgm", ".webp", ".avif"),
        *(".tif", ".tiff", ".npy"),  # of any number of channels
    }
)
"""Suffixes, in lower case, of the files that a search for images finds."""


def is_image_name(name: str) -> bool:
    """Return whether a file name or path has an image suffix."""
    return PurePath(name).suffix.lower() in IMAGE_SUFFIXES
