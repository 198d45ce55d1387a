"""The image and video files that the user's arguments name."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclemlp.data.images.names import IMAGE_SUFFIXES, is_image_name
from cyclemlp.data.layouts.common.files import is_system_file
from cyclemlp.data.videos.names import VIDEO_SUFFIXES, is_video_name

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def find_files(inputs: str | Sequence[str | Path]) -> list[str]:
    """Return the image and video files that `inputs` name, each once, in order.

    Args:
        inputs: files, which may have any suffix; folders and patterns such as ``photos/**/*.jpg``,
            which find files with an image's or a video's suffix; or ``-`` for a list of files and
            folders on standard input, one per line.

    Raises:
        FileNotFoundError: a folder, a pattern or the list gives no file.
        ValueError: an input is empty or an address of the internet.
        OSError: a folder cannot be searched.
    """
    entries = [inputs] if isinstance(inputs, str) else [*map(str, inputs)]
    return [*dict.fromkeys(file for entry in entries for file in _files(entry))]


def _files(entry: str) -> list[str]:
    if entry == "-":
        return [file for line in _listed() for file in _at(line)]
    if glob.has_magic(entry) and not os.path.lexists(entry) and not _ADDRESS.match(entry):
        return _matching(entry)
    return _at(entry)


def _listed() -> list[str]:
    """Return the lines of standard input."""
    try:
        lines = [line.rstrip("\r\n") for line in sys.stdin if line.strip()]
    except UnicodeDecodeError:
        lines = ["\0"]
    if any("\0" in line for line in lines):
        raise ValueError(
            "standard input is not text; - reads a list of files, one path per line: give images "
            "as files"
        )
    if not lines:
        raise FileNotFoundError("standard input lists no file; - reads one path per line")
    return lines


def _at(path: str) -> list[str]:
    if not path.strip():
        raise ValueError("an input is empty; give files, folders, patterns, or - for a list")
    if _ADDRESS.match(path):
        raise ValueError(
            f"{path}: predict opens files, and no addresses; download the file and give its path"
        )
    if not os.path.isdir(path):
        return [path]
    return _searched(path) or _refuse(f"there is no image or video in {path}")


def _matching(pattern: str) -> list[str]:
    found: list[str] = []
    for match in sorted(glob.glob(pattern, recursive=True)):
        found += _searched(match) if os.path.isdir(match) else [match] * _is_wanted(match)
    return found or _refuse(f"no image or video matches {pattern}")


def _searched(folder: str) -> list[str]:
    """Return the images and videos in a folder and all folders in it but the system's."""
    found: list[str] = []
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = [inner for inner in folders if not is_system_file(inner)]
        found += filter(_is_wanted, (str(Path(place, name)) for name in names))
    return sorted(found)


def _is_wanted(path: str) -> bool:
    """Return whether a file has a suffix that is searched for; a link may be broken."""
    named = is_image_name(path) or is_video_name(path)
    return (
        named
        and not is_system_file(Path(path).name)
        and (os.path.isfile(path) or os.path.islink(path))
    )


def _unreadable(error: OSError) -> None:
    raise OSError(
        f"{error.filename}: cannot be searched ({error.strerror}); make the folder readable, or "
        "name the files to predict"
    ) from error


def _refuse(fault: str) -> list[str]:
    images, videos = (", ".join(sorted(names)) for names in (IMAGE_SUFFIXES, VIDEO_SUFFIXES))
    raise FileNotFoundError(f"{fault}; images end in {images}; videos in {videos}")
