"""What a file is that has the place of an image and is none, by its first bytes."""

from __future__ import annotations

LENGTH = 64
"""Number of first bytes that are examined."""

_HEIF = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")
_PAGE = (b"<!doctype html", b"<html")


def kind_of_unknown(start: bytes) -> str:
    """Return why a file is not an image that can be read, and what to do if it is known.

    Args:
        start: the file's first `LENGTH` bytes, or all of them if there are fewer.
    """
    if not start:
        return "empty file"
    if start.startswith(b"version https://git-lfs"):
        return "a pointer of Git LFS and not the image; fetch the image with git lfs pull"
    if start.startswith(b"\x93NUMPY"):
        return "NPY, which holds images and no masks; save the mask as PNG"
    if start[4:].startswith(_HEIF):
        return "HEIF (HEIC), which is not supported; convert it to JPEG or PNG"
    if start.lstrip().lower().startswith(_PAGE):
        return "a web page (HTML) and not an image; download the image again"
    return "not an image of a known format"
