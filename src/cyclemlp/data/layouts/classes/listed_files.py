"""Finding the files that a list names: below a folder, by path, by name or by stem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.common.files import files_below


class ListedFiles:
    """The images below a folder, by the names that lists give them.

    A name is a path relative to the folder or to its sub-folder ``images``. Other paths, e.g. of
    another computer, are found by their last part in any case, and names without a suffix by their
    stem, if only one image has it.

    Args:
        root: the folder.

    Attributes:
        guessed: number of names that were found by their last part or stem.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.guessed = 0
        files, _ = files_below(root)
        paths = sorted(file.relative_to(root).as_posix() for file in files)
        self._paths = set(paths)
        self._images = [path for path in paths if is_image_name(path)]
        self._names = _unique((PurePosixPath(path).name.casefold(), path) for path in self._images)
        self._stems = _unique((PurePosixPath(path).stem.casefold(), path) for path in self._images)

    def find(self, name: str) -> str:
        """Return the path of a listed image; if there is none, where it was expected."""
        name = name.replace("\\", "/").removeprefix("./")
        for path in (name, f"images/{name}"):
            if path in self._paths:
                return str(self.root / path)
        last = name.rpartition("/")[2].casefold()
        found = self._names.get(last) or self._stems.get(last)
        self.guessed += found is not None
        return str(self.root / (found or name))

    def unlisted(self, files: Iterable[str]) -> list[str]:
        """Return the images that are not among `files`, as paths relative to the folder."""
        listed = set(files)
        return [path for path in self._images if str(self.root / path) not in listed]


def _unique(keyed: Iterable[tuple[str, str]]) -> dict[str, str]:
    found = defaultdict(list)
    for key, path in keyed:
        found[key].append(path)
    return {key: paths[0] for key, paths in found.items() if len(paths) == 1}
