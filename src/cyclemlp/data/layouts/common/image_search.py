"""Finding the image that an annotation names, although paths often come from another machine."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import files_below, leads_out

_URL = re.compile(r"[a-z][a-z0-9+.-]+://|.*\?d=", re.IGNORECASE)  # "?d=" is Label Studio's


def last_parts(name: str) -> tuple[str, ...]:
    """Return the possible file names at the end of a path of any system, or of a URL."""
    if not _URL.match(name):
        return (_last(name),)
    path = name.replace("?d=", "/", 1).partition("?")[0].partition("#")[0]
    return tuple(dict.fromkeys((_last(path), _last(unquote(path)))))


class ImageSearch:
    """A search for the images of a split by the names in its annotations.

    A name is relative to the split's folder; some tools write it relative to a folder above. A name
    that leads to no file is searched for by its last part, below the split's folder. The result is
    used if exactly one image and one name have this last part.

    Args:
        folder: the split's folder of images.
        above: other folders to which a name with folders may be relative.
        names: all names in the annotations.

    Attributes:
        images: all images below `folder`.
        relocated: the names that were found by their last part.
    """

    def __init__(self, folder: Path, above: Iterable[Path], names: Iterable[str]) -> None:
        self.folder = folder
        self.images = sorted(f for f in files_below(folder)[0] if is_image_name(f.name))
        self.relocated: list[str] = []
        self._above = tuple(above)
        self._paths = {str(file) for file in self.images}
        self._named: dict[str, list[Path]] = defaultdict(list)
        for file in self.images:
            self._named[file.name.casefold()].append(file)
        self._times = Counter(last_parts(name)[-1].casefold() for name in names)

    def find(self, name: str) -> Path | None:
        """Return an image's path, which may not exist; None if the name leads out of the folder."""
        found = next(self._exact(name), None)
        if found is None and (found := self._by_last_part(name)) is not None:
            self.relocated.append(name)
        if found is None and not any(map(leads_out, _spellings(name))):
            return self.folder / name
        return found

    def notes(self) -> Iterator[str]:
        """Yield a note if images were found by the last part of their name."""
        if self.relocated:
            yield (
                f"{len(self.relocated)} images are found in {self.folder} by the last part of "
                f"their name, such as {self.relocated[0]!r}"
            )

    def _exact(self, name: str) -> Iterator[Path]:
        for spelling in _spellings(name):
            if leads_out(spelling):
                return
            for place in (self.folder, *(self._above if "/" in spelling else ())):
                file = place / spelling
                # unlike Path.is_file, isfile returns False if the name is too long
                if str(file) in self._paths or os.path.isfile(file):
                    yield file

    def _by_last_part(self, name: str) -> Path | None:
        for part in last_parts(name):
            files = self._named.get(part.casefold(), [])
            same = [file for file in files if file.name == part] or files
            if len(same) == 1 and self._times[last_parts(name)[-1].casefold()] <= 1:
                return same[0]
        return None


def _spellings(name: str) -> tuple[str, str]:
    return name, name.replace("\\", "/")  # the latter for files from Windows


def _last(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name
