"""What a folder without a known layout is likely to be, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.class_folders import foreign_folders
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import is_archive, subfolders
from cyclemlp.data.layouts.yolo_names import has_labels
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Split

_FOLDERS = 10  # folders in ROOT that are compared with the layouts


def hint(root: Path, layouts: Sequence[Layout[Split]]) -> str:
    """Return the first hint on a folder, with ``"; "`` before it; ``""`` if there is none.

    Args:
        root: a folder that has none of the layouts.
        layouts: all layouts.
    """
    found = _hints(root, layouts) if root.is_dir() else ()
    return next((f"; {sentence}" for sentence in found), "")


def _hints(root: Path, layouts: Sequence[Layout[Split]]) -> Iterator[str]:
    with suppress(PermissionError):
        if has_labels(root):
            yield (
                "it has images with labels in YOLO's format: write the names of the classes into "
                f"{root / 'classes.txt'}, one name per line in the order of their numbers"
            )
    if foreign := foreign_folders(root):
        yield foreign
    inner = sorted(subfolders(root))
    for name in inner[:_FOLDERS]:
        with suppress(ValueError):  # a folder that must not be read
            if layout := next((known for known in layouts if known.fits(root / name)), None):
                yield f"{root / name} looks like {layout.name}: give this folder"
    names = [entry.name for entry in sorted(root.iterdir()) if entry.is_file()]
    if tables := [name for name in names if name.lower().endswith((".csv", ".tsv"))]:
        yield (
            f"a list of classes is called labels.csv and has the columns image,label and, "
            f"optionally, split: write it from {shown(tables)}"
        )
    if len(inner) == 1 and _has_images(root / inner[0]):
        yield f"one folder of images, {inner[0]!r}, is one class: classification needs at least two"
    if archives := [name for name in names if is_archive(name)]:
        yield f"extract {shown(archives)}, and give the folder in it"


def _has_images(folder: Path) -> bool:
    with suppress(PermissionError):
        return any(is_image_name(file.name) for file in folder.iterdir())
    return False
