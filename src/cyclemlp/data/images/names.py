"""Which file names are names of images."""

from __future__ import annotations

from pathlib import PurePath

IMAGE_SUFFIXES = frozenset(
    {
        *(".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".jp2", ".png", ".webp", ".avif"),
        *(".pbm", ".pgm", ".pnm", ".ppm"),
        *(".tif", ".tiff", ".npy"),  # of any number of channels
    }
)
"""Suffixes, in lower case, of the files that a search for images finds."""

_UNREADABLE = frozenset({".heic", ".heif"})  # found, so that they are refused with a reason


def is_image_name(name: str) -> bool:
    """Return whether a file name or path has the suffix of an image, and is not hidden.

    Systems write hidden files beside images, such as ``._photo.jpg``.
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    return not path.name.startswith(".") and (suffix in IMAGE_SUFFIXES or suffix in _UNREADABLE)
