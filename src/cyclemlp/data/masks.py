"""Semantic segmentation on disk: a picture and an index mask of its pixels' classes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torchvision.tv_tensors import Mask
from typing_extensions import override

from cyclemlp.data.class_table import (
    ClassTable,
    by_position,
    by_values,
    cityscapes,
    describe_unknown,
    ignore_index,
    read_ade_names,
    read_class_file,
)
from cyclemlp.data.folders import choose_split, contents, is_system_file
from cyclemlp.data.images import IMAGE_SUFFIXES, ImageError, image_fault, image_header, read_image
from cyclemlp.data.index_masks import aligned, read_index_mask, values_in
from cyclemlp.data.splits import Check, Fault, Sample, Split

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
_LAYOUTS = (_Layout("images", "masks"), _Layout("images", "annotations"), _CITYSCAPES)


class MaskFolder(Split):
    """Pictures with an index mask each, paired by their names in two folders.

    Targets are `torchvision.tv_tensors.Mask`, ``(H, W)``, of the upright picture's size: class
    numbers, and `ignore_index` where a pixel does not count; uint8, or int32 for more than 255
    classes.

    A mask belongs to the picture as a viewer shows it. Where a camera stored the picture lying on
    its side (EXIF orientation) and the mask has the size of the stored pixels, it is turned with
    the picture.

    Args:
        images: folder of pictures, at any depth.
        masks: folder of masks.
        name: the split's name.
        table: what the masks' values mean.
        layout: how names pair.
        notes: see `Split`.

    Attributes:
        ignore_index: 255, or 65535 for more than 255 classes.

    Raises:
        ValueError: not one picture has a mask.
    """

    classes_required = False

    def __init__(
        self,
        images: Path,
        masks: Path,
        name: str,
        table: ClassTable,
        layout: _Layout = _LAYOUTS[0],
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.notes = tuple(notes)
        self.table = table
        self.classes, self.colors = table.classes, table.colors
        self.ignore_index = ignore_index(len(table.classes))
        self._lookup = table.lookup()
        pictures, hidden = _by_stem(images, (layout.image_end,))
        found, others = _by_stem(masks, layout.mask_ends)
        self.ignored = hidden + others
        pairs = sorted(set(pictures) & set(found))
        self.files = tuple((pictures[stem][0], found[stem][0]) for stem in pairs)
        self.strays = tuple(_strays(pictures, found, images, masks))
        if not self.files:
            raise ValueError(
                f"{images} has no picture with a mask of the same name in {masks}: "
                f"{_named(pictures, 'pictures')}, {_named(found, 'masks')}; "
                "a mask has its picture's name but for the ending"
            )

    @override
    def __len__(self) -> int:
        return len(self.files)

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(read_image(self.source(index)), self.target(index))

    @override
    def source(self, index: int) -> str:
        return self.files[index][0]

    def target(self, index: int) -> Mask:
        """A sample's mask.

        Raises:
            ImageError: it cannot be read, has another size or values that mean nothing.
        """
        source, file = self.files[index]
        values = read_index_mask(file)
        mask = aligned(values, header := image_header(source))
        if mask is None:
            raise ImageError(
                f"{source}: its mask {file} has {values.shape[1]} × {values.shape[0]} pixels, "
                f"and the picture has {header.size[0]} × {header.size[1]}"
            )
        labels = self._lookup[mask]
        if labels.min() < 0:
            unknown = np.unique(mask[labels < 0])
            raise ImageError(
                f"{source}: in its mask {file} {describe_unknown(unknown, self.table)}"
            )
        dtype = torch.uint8 if self.ignore_index == 255 else torch.int32
        return Mask(torch.from_numpy(labels).to(dtype))

    @override
    def fault(self, index: int) -> str | None:
        return self.check(index).fault

    @override
    def check(self, index: int) -> Check:
        source = self.source(index)
        fault = image_fault(source)
        if fault is not None:
            return Check(fault)
        try:
            present = torch.bincount(self.target(index).flatten()).nonzero().flatten().tolist()
        except (ImageError, FileNotFoundError) as error:
            return Check(str(error).removeprefix(f"{source}: "))
        return Check(None, [label for label in present if label != self.ignore_index])


def open_segmentation(data: str, split: str, classes: Sequence[str] | None = None) -> MaskFolder:
    """Open one split of a data set with an index mask for each picture.

    The layouts:

    - ``ROOT/images/<split>/*`` and ``ROOT/masks/<split>/*.png``: masks of 8 or 16 bits (or fewer),
      palettes read as indices; what the values mean, ``ROOT/classes.json`` says (see
      `read_class_file`). Without it every value in the training masks is a class,
      ``class_<value>``, and 255 does not count.
    - ADE20K: ``ROOT/images/training`` and ``ROOT/annotations/training``: 0 does not count, and
      names come from ``ROOT/objectInfo150.txt`` if it is there.
    - Cityscapes: ``ROOT/leftImg8bit/<split>/<city>/*_leftImg8bit.png`` and
      ``ROOT/gtFine/<split>/<city>/*_gtFine_labelTrainIds.png`` or, where there are none of these,
      ``*_labelIds.png``: the 19 classes of its evaluation.

    Args:
        data: ROOT.
        split: ``"train"``, ``"val"``, …; see `cyclemlp.data.folders.choose_split`.
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
    return MaskFolder(root / layout.images / name, masks / name, split, table, layout, notes)


def _layout(root: Path) -> _Layout:
    if not root.is_dir():
        what = "is a file" if root.exists() else "no such folder"
        error = ValueError if root.exists() else FileNotFoundError
        raise error(f"--data {root}: {what}; {_LAYOUT}")
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
    """1 for ADE20K, which counts from 1, and whose 0 does not count."""
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
        return ClassTable(names, tuple(range(1, len(names) + 1)), (0,))
    if classes is None:
        return None
    named = by_position(classes)
    values = tuple(value + offset for value in named.values)
    return ClassTable(named.classes, values, (0,) if offset else (255,))


def _found(masks: Path, split: str, offset: int) -> ClassTable:
    """Classes by the values in the training masks, which tell the same for every split."""
    with suppress(ValueError):  # a split that stands alone has to do
        split, _ = choose_split("train", _folders(masks), "")
    files = [file for group in _by_stem(masks / split, ("",))[0].values() for file in group]
    if not files:
        raise ValueError(f"{masks / split} has no masks; {_LAYOUT}")
    values = values_in(files)
    if not values:
        read_index_mask(files[0])  # raises: none of them can be read, which the first explains
    if offset and len(others := values - {0}) < 2:
        raise ValueError(
            f"{masks / split}: besides 0, which does not count in ADE20K's layout, the masks hold "
            f"{f'{others.pop()} alone' if others else 'nothing'}; if 0 is a class, rename the "
            f"folder {masks.name} to masks, or say so in classes.json"
        )
    found = by_values((value - offset for value in values if value >= offset), f"{masks / split}")
    if not offset:
        return found
    return ClassTable(found.classes, tuple(value + 1 for value in found.values), (0,))


def _by_stem(folder: Path, ends: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Picture files by the part of their path that pairs them; how many others were ignored."""
    pattern = re.compile(f"(?:{'|'.join(map(re.escape, ends))})$")
    found: dict[str, list[str]] = {}
    ignored = 0
    for file in sorted(_files(folder)):
        place = file.relative_to(folder)
        stem = place.with_suffix("").as_posix()
        if any(map(is_system_file, place.parts)) or file.suffix.lower() not in IMAGE_SUFFIXES:
            ignored += 1
        elif match := pattern.search(stem):
            found.setdefault(stem[: match.start()], []).append(str(file))
    return found, ignored


def _files(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder, followlinks=True):
        yield from (Path(place, name) for name in names)


def _named(files: dict[str, list[str]], what: str) -> str:
    example = f" such as {Path(next(iter(files.values()))[0]).name}" if files else ""
    return f"{len(files)} {what}{example}"


def _strays(
    pictures: dict[str, list[str]], masks: dict[str, list[str]], images: Path, folder: Path
) -> Iterable[Fault]:
    for stem, files in sorted(pictures.items()):
        if stem not in masks:
            yield from (Fault(file, f"no mask of this name in {folder}") for file in files)
    for stem, files in sorted(masks.items()):
        if stem not in pictures:
            yield from (Fault(file, f"no picture of this name in {images}") for file in files)
    for what, group in (("picture", pictures), ("mask", masks)):
        for files in group.values():
            yield from (Fault(f, f"another {what} of the same name: {files[0]}") for f in files[1:])
