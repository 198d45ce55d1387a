"""The image files that the user's arguments name."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cyclemlp.data.images.names import IMAGE_SUFFIXES, is_image_name


def find_images(inputs: str | Sequence[str | Path]) -> list[str]:
    """Return the image files that `inputs` name, in order.

    Args:
        inputs: files, which may have any suffix; folders, which are searched for files with an
            image's suffix; or ``-`` for a list of files on standard input, one per line.

    Raises:
        FileNotFoundError: there are no images.
    """
    entries = [inputs] if isinstance(inputs, str) else [*map(str, inputs)]
    files = [file for entry in entries for file in _files(entry)]
    if not files:
        raise FileNotFoundError(
            f"there is no image in {', '.join(entries)}; "
            f"images end in {', '.join(sorted(IMAGE_SUFFIXES))}"
        )
    return files


def _files(entry: str) -> Iterator[str]:
    if entry == "-":
        yield from (line.rstrip("\n") for line in sys.stdin if line.strip())
    elif Path(entry).is_dir():
        yield from sorted(str(path) for path in Path(entry).rglob("*") if _is_image(path))
    else:
        yield entry


def _is_image(path: Path) -> bool:
    return is_image_name(path.name) and path.is_file()
