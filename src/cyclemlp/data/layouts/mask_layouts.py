"""Where segmentation data sets keep their pictures, masks and classes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from cyclemlp.data.layouts.class_table import (
    ClassTable,
    by_position,
    by_values,
    cityscapes,
    read_ade_names,
    read_class_file,
)
from cyclemlp.data.layouts.folders import choose_split, contents, is_system_file, require_folder
from cyclemlp.data.layouts.index_masks import MaskFolder, by_stem
from cyclemlp.data.layouts.mask_files import read_index_mask, values_in

_LAYOUT = (
    "expected ROOT/images/train/* and ROOT/masks/train/*.png, ADE20K's images and annotations, "
    "or Cityscapes' leftImg8bit and gtFine"
)


class _Layout(NamedTuple):
    """Where pictures and masks lie, and what their names have after the part that pairs them."""

    images: str
    masks: str
    image_end: str = ""
    mask_ends: tuple[str, ...] = ("",)


_CITYSCAPES = _Layout(
    "leftImg8bit", "gtFine", "_leftImg8bit", ("_gtFine_labelTrainIds", "_gtFine_labelIds")
)
_ADE_IGNORED = (0, 255)  # 0 is "other objects"; 255 comes with masks that tools wrote
_LAYOUTS = (_Layout("images", "masks"), _Layout("images", "annotations"), _CITYSCAPES)


def open_segmentation(data: str, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split of a data set with an index mask for each picture.

    The layouts:

    - ``ROOT/images/<split>/*`` and ``ROOT/masks/<split>/*.png``: masks of 8 or 16 bits (or fewer),
      palettes read as indices; what the values mean, ``ROOT/classes.json`` says (see
      `read_class_file`). Without it every value in the training masks is a class,
      ``class_<value>``, and 255 does not count.
    - ADE20K: ``ROOT/images/training`` and ``ROOT/annotations/training``: 0 and 255 do not
      count, and names come from ``ROOT/objectInfo150.txt`` if it is there.
    - Cityscapes: ``ROOT/leftImg8bit/<split>/<city>/*_leftImg8bit.png`` and
      ``ROOT/gtFine/<split>/<city>/*_gtFine_labelTrainIds.png`` or, where there are none of these,
      ``*_labelIds.png``: the 19 classes of its evaluation.

    Args:
        data: ROOT.
        split: ``"train"``, ``"val"``, …; see `cyclemlp.data.layouts.folders.choose_split`.
        classes: the order the labels follow, e.g. a bundle's; by default the data set's own.
            Without ``classes.json`` they name the values 0, 1, 2, ….

    Raises:
        FileNotFoundError: no such folder.
        ValueError: no such layout or split, no pairs, no classes, or one that is none of `classes`.
    """
    root = Path(data)
    layout = _layout(root)
    splits = _folders(root / layout.images)
    if not splits:
        raise ValueError(f"{root / layout.images} has no folders, one a split; {_LAYOUT}")
    name, notes = choose_split(split, splits, f"{root / layout.images}")
    masks = root / layout.masks
    if not (masks / name).is_dir():
        raise ValueError(
            f"{masks} has no folder {name!r}, but {root / layout.images} has; {contents(masks)}"
        )
    layout = _with_one_ending(layout, masks / name)
    table = _table(root, layout, classes)
    if table is None:
        table = _found(root / layout.masks, name, _offset(layout))
        notes = (*notes, f"the training masks hold {len(table.classes)} values: each is a class")
    table = table.ordered(classes, str(root))
    return MaskFolder(root / layout.images / name, masks / name, split, table, *layout[2:], notes)


def _layout(root: Path) -> _Layout:
    require_folder(root, _LAYOUT)
    for layout in _LAYOUTS:
        if (root / layout.images).is_dir() and (root / layout.masks).is_dir():
            return layout
    raise ValueError(f"--data {root} is no segmentation data set: {_LAYOUT}; {contents(root)}")


def _folders(place: Path) -> list[str]:
    return [e.name for e in place.iterdir() if e.is_dir() and not is_system_file(e.name)]


def _with_one_ending(layout: _Layout, masks: Path) -> _Layout:
    """Cityscapes has masks of several kinds for a picture: the first kind that is there."""
    for end in layout.mask_ends:
        if any(masks.rglob(f"*{end}.*")):
            return layout._replace(mask_ends=(end,))
    return layout


def _offset(layout: _Layout) -> int:
    """1 for ADE20K, which counts from 1."""
    return int(layout.masks == "annotations")


def _table(root: Path, layout: _Layout, classes: Sequence[str] | None) -> ClassTable | None:
    """What the masks' values mean, if a file, the layout or the given classes say so."""
    if (root / "classes.json").is_file():
        table = read_class_file(root / "classes.json")
        if classes is None and len(table.classes) == 1:
            raise ValueError(
                f"{root / 'classes.json'}: a single class, {table.classes[0]!r}, which every pixel "
                "would be; what is not it needs a class too, such as 'background'"
            )
        return table
    if layout.images == _CITYSCAPES.images:
        return cityscapes(label_ids=layout.mask_ends[0].endswith("labelIds"))
    offset = _offset(layout)
    if offset and (root / "objectInfo150.txt").is_file():
        names = read_ade_names(root / "objectInfo150.txt")
        return ClassTable(names, tuple(range(1, len(names) + 1)), _ADE_IGNORED)
    if classes is None:
        return None
    named = by_position(classes)
    values = tuple(value + offset for value in named.values)
    return ClassTable(named.classes, values, _ADE_IGNORED if offset else (255,))


def _found(masks: Path, split: str, offset: int) -> ClassTable:
    """Classes by the values in the training masks, which tell the same for every split."""
    with suppress(ValueError):  # a split that stands alone has to do
        split, _ = choose_split("train", _folders(masks), "")
    files = [file for group in by_stem(masks / split, ("",))[0].values() for file in group]
    if not files:
        raise ValueError(f"{masks / split} has no masks; {_LAYOUT}")
    values = values_in(files)
    if not values:
        read_index_mask(files[0])  # raises: none of them can be read, which the first explains
    return (_counted_from_1 if offset else by_values)(values, f"{masks / split}")


def _counted_from_1(values: set[int], where: str) -> ClassTable:
    """Classes ``class_<value - 1>`` for the values found in ADE20K's masks."""
    found = tuple(sorted(values.difference(_ADE_IGNORED)))
    if len(found) < 2:
        raise ValueError(
            f"{where}: besides 0 and 255, which do not count in ADE20K's layout, the masks hold "
            f"{f'{found[0]} alone' if found else 'nothing'}; if one of the two is a class, rename "
            "the folder annotations to masks, or say so in classes.json"
        )
    return ClassTable(tuple(f"class_{value - 1}" for value in found), found, _ADE_IGNORED)
