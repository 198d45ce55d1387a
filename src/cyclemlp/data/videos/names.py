"""Which file names are names of videos."""

from __future__ import annotations

from pathlib import PurePath

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg"}
    | {".mts", ".ogv", ".ts", ".webm", ".wmv"}
)
"""Suffixes, in lower case, of the files that are opened as videos."""


def is_video_name(name: str) -> bool:
    """Return whether a file name or path has a video suffix."""
    return PurePath(name).suffix.lower() in VIDEO_SUFFIXES
