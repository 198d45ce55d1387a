"""What a folder without a known layout is likely to be, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cyclemlp.data.images.names import is_image_name
from cyclemlp.data.layouts.class_folders import foreign_folders
from cyclemlp.data.layouts.common.layout import Layout
from cyclemlp.data.layouts.common.root_folder import is_archive, subfolders
from cyclemlp.data.layouts.common.split_names import SPLIT_NAMES
from cyclemlp.data.layouts.common.text_files import read_text
from cyclemlp.data.layouts.yolo_names import has_labels
from cyclemlp.data.messages import shown
from cyclemlp.data.split import Split

_DESCRIBING = (".csv", ".tsv", ".json", ".xml")
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
    inner = sorted(subfolders(root))
    yield from _on_folders(root, inner, layouts)
    with suppress(PermissionError):
        if has_labels(root):
            yield (
                "it has images with labels in YOLO's format: write the names of the classes into "
                f"{root / 'classes.txt'}, one name per line in the order of their numbers"
            )
    if foreign := foreign_folders(root):
        yield foreign
    names = [entry.name for entry in sorted(root.iterdir()) if entry.is_file()]
    splits = [root / name for name in inner if name.lower() in SPLIT_NAMES]
    yield from _on_files([root / name for name in names] + _files_in(splits), root)
    yield from _on_images(root, inner)
    if archives := [name for name in names if is_archive(name)]:
        yield f"extract {shown(archives)}, and give the folder in it"


def _on_folders(
    root: Path, inner: Sequence[str], layouts: Sequence[Layout[Split]]
) -> Iterator[str]:
    """Yield a hint if a folder in ROOT has a layout; a single folder is looked into."""
    places = [root / name for name in inner[:_FOLDERS]]
    if len(places) == 1:
        with suppress(PermissionError):
            places += [places[0] / name for name in sorted(subfolders(places[0]))[:_FOLDERS]]
    for place in places:
        with suppress(ValueError):  # a folder that must not be read
            if layout := next((known for known in layouts if known.fits(place)), None):
                yield f"{place} looks like {layout.name}: give this folder"


def _files_in(folders: Sequence[Path]) -> list[Path]:
    """Return the files with tables or annotations in the folders of splits."""
    found: list[Path] = []
    for folder in folders:
        with suppress(PermissionError):
            files = sorted(file for file in folder.iterdir() if file.suffix.lower() in _DESCRIBING)
            found += files[:_FOLDERS]
    return found


def _on_files(files: Sequence[Path], root: Path) -> Iterator[str]:
    names = [file.relative_to(root).as_posix() for file in files]
    if boxes := [
        name for name in names if name.lower().endswith(".csv") and _has_boxes(root / name)
    ]:
        yield f"{shown(boxes)}: boxes in a table; export to COCO's, YOLO's or Pascal VOC's format"
    if tables := [name for name in names if name.lower().endswith((".csv", ".tsv"))]:
        yield (
            f"a list of classes is called labels.csv and has the columns image,label and, "
            f"optionally, split: write it from {shown(tables)}"
        )
    if others := [name for name in names if name.lower().endswith(".json")]:
        yield (
            f"{shown(others)}: not in COCO's format (images, annotations and categories) nor in "
            "LabelMe's (shapes); export to one of these"
        )
    if others := [name for name in names if name.lower().endswith(".xml")]:
        yield f"{shown(others)}: not in Pascal VOC's format; export to COCO's, YOLO's or this"


def _has_boxes(file: Path) -> bool:
    with suppress(ValueError, OSError):
        return "xmin" in read_text(file).partition("\n")[0].lower()
    return False


def _on_images(root: Path, inner: Sequence[str]) -> Iterator[str]:
    """Yield a hint if there are images in ROOT or its folders, but nothing that describes them."""
    filled = [name for name in inner if _has_images(root / name)]
    if any(name.lower() in SPLIT_NAMES for name in filled) or (not inner and _has_images(root)):
        yield (
            "images alone have no classes: put them into a folder for each class, such as "
            f"{root / 'train' / 'cat'}, or add annotations in COCO's, YOLO's or another known "
            "format"
        )
    if len(inner) == 1 and filled:
        yield f"one folder of images, {inner[0]!r}, is one class: classification needs at least two"


def _has_images(folder: Path) -> bool:
    with suppress(PermissionError):
        return any(is_image_name(file.name) for file in folder.iterdir())
    return False
