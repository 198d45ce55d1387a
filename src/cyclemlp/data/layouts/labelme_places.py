"""The folders and files of LabelMe's layout."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cyclemlp.data.layouts.common.files import files_below, is_system_file
from cyclemlp.data.layouts.common.root_folder import subfolders
from cyclemlp.data.layouts.common.split_names import MissingSplitError, choose_split, names_of

_SPLITS = frozenset({*names_of("train"), *names_of("val")})
_FOLDERS, _FILES = 50, 20  # folders, and files in each, that are examined to recognize the layout


def is_labelme(root: Path) -> bool:
    """Return whether ROOT or folders in it have JSON files with LabelMe's key ``shapes``."""
    return any(_has_shapes(folder) for folder in islice(_folders(root), _FOLDERS))


def split_folder(root: Path, split: str) -> tuple[Path, tuple[str, ...]]:
    """Return the folder of a split, and notes for the user.

    If the files are in ROOT itself, or in folders that are not splits, such as ``annotations``,
    all of them are read for the training split.

    Raises:
        ValueError: there is no such split.
    """
    folders = {name.casefold(): name for name in sorted(subfolders(root))}
    if not _has_shapes(root) and folders.keys() & _SPLITS:
        name, notes = choose_split(split, folders, str(root))
        return root / folders[name], notes
    if split not in ("train", "default"):
        raise MissingSplitError(
            f"{root} has no split {split!r}: its JSON files are not in folders of splits; move "
            f"them with their images to {root / 'train'} and {root / 'val'}",
            split,
        )
    return root, (f"split {split!r} is read from {root}, which has no folders of splits",)


def json_files(folder: Path) -> list[Path]:
    """Return the JSON files below a folder, sorted."""
    return sorted(file for file in files_below(folder)[0] if _is_json(file))


def _folders(root: Path) -> Iterator[Path]:
    """Yield ROOT, its folders, and theirs."""
    yield root
    inner = [root / name for name in sorted(subfolders(root))]
    yield from inner
    for folder in inner:
        yield from (folder / name for name in sorted(subfolders(folder)))


def _has_shapes(folder: Path) -> bool:
    files = islice((file for file in folder.iterdir() if _is_json(file)), _FILES)
    return any(b'"shapes"' in file.read_bytes() for file in files if file.is_file())


def _is_json(file: Path) -> bool:
    return file.suffix.lower() == ".json" and not is_system_file(file.name)
