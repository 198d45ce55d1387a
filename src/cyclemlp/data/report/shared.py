"""Images that several splits have in common, such as validation images that were trained on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from cyclemlp.data.split import Split

_File = str | tuple[int, int]

_TRAINED = ", so that metrics on them say little about new images"


def shared_images(splits: Mapping[str, Split]) -> dict[str, tuple[str, ...]]:
    """Return, for each split, notes on the images that splits before it have, too.

    Images are the same if their paths lead to the same file, as `os.path.samefile` decides.

    Args:
        splits: names and splits, in order.
    """
    if len(splits) < 2:
        return dict.fromkeys(splits, ())
    files = {name: _files(split) for name, split in splits.items() if split.has_files}
    return {name: tuple(_notes(files, name)) if name in files else () for name in splits}


def _notes(files: Mapping[str, frozenset[_File]], name: str) -> Iterator[str]:
    own = files[name]
    for other, its in files.items():
        if other == name:
            return
        if count := len(own & its):
            which = f"all {count}" if count == len(own) else f"{count} of {len(own)}"
            yield f"{which} images are also in split {other!r}{_TRAINED * (other == 'train')}"


def _files(split: Split) -> frozenset[_File]:
    return frozenset(_file(split.source(index)) for index in range(len(split)))


def _file(source: str) -> _File:
    """Return what identifies a file; for images inside other files, their name."""
    try:
        found = os.stat(source)
    except (OSError, ValueError):
        return source
    return found.st_dev, found.st_ino
