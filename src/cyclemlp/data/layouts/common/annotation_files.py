"""Annotation files among the images: one for each, at any depth of a split's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cyclemlp.data.layouts.common.files import files_below, is_system_file
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split, names_of

_SPLITS = frozenset({*names_of("train"), *names_of("val")})
_FOLDERS, _FILES = 50, 20  # folders, and files in each, that are examined to recognize the layout


@dataclass(frozen=True)
class AnnotationFiles:
    """A kind of annotation files.

    Attributes:
        suffix: in lower case.
        mark: pattern in every file, by which the kind is recognized.
    """

    suffix: str
    mark: re.Pattern[bytes]

    @property
    def name(self) -> str:
        """The kind, for messages."""
        return self.suffix[1:].upper()

    def are_in(self, root: Path) -> bool:
        """Return whether ROOT, folders in it, or theirs have such files."""
        return any(self._marked(folder) for folder in islice(_folders(root), _FOLDERS))

    def below(self, folder: Path) -> list[Path]:
        """Return the files below a folder, sorted."""
        return sorted(file for file in files_below(folder)[0] if self._has_suffix(file))

    def split_folder(self, root: Path, split: str) -> tuple[Path, tuple[str, ...]]:
        """Return the folder of a split, and notes for the user.

        If the files are in ROOT itself, or in folders that are not splits, such as ``annotations``,
        all of them are read for the training split.

        Raises:
            ValueError: there is no such split.
        """
        folders = {name.casefold(): name for name in sorted(subfolders(root))}
        if not self._marked(root) and folders.keys() & _SPLITS:
            name, notes = choose_split(split, folders, str(root))
            return root / folders[name], notes
        if split not in ("train", "default"):
            raise MissingSplitError(
                f"{root} has no split {split!r}: its {self.name} files are not in folders of "
                f"splits; move them with their images to {root / 'train'} and {root / 'val'}",
                split,
            )
        return root, (f"split {split!r} is read from {root}, which has no folders of splits",)

    def _marked(self, folder: Path) -> bool:
        files = islice((file for file in folder.iterdir() if self._has_suffix(file)), _FILES)
        return any(self.mark.search(file.read_bytes()) for file in files if file.is_file())

    def _has_suffix(self, file: Path) -> bool:
        return file.suffix.lower() == self.suffix and not is_system_file(file.name)


def _folders(root: Path) -> Iterator[Path]:
    """Yield ROOT, its folders, and theirs."""
    yield root
    inner = [root / name for name in sorted(subfolders(root))]
    yield from inner
    for folder in inner:
        yield from (folder / name for name in sorted(subfolders(folder)))
