"""Semantic segmentation on disk: a picture and an index mask of its pixels' classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torchvision.tv_tensors import Mask
from typing_extensions import override

from cyclemlp.data.images import ImageError, image_fault, image_header, is_image_name, read_image
from cyclemlp.data.layouts.class_table import ClassTable, describe_unknown, ignore_index
from cyclemlp.data.layouts.folders import files_below
from cyclemlp.data.layouts.mask_files import aligned, read_index_mask
from cyclemlp.data.split import Check, Fault, Sample, Split


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
        image_end: what a picture's name has after the part that pairs it, before the suffix.
        mask_ends: what a mask's name may have there.
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
        image_end: str = "",
        mask_ends: Sequence[str] = ("",),
        notes: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.notes = tuple(notes)
        self.table = table
        self.classes, self.colors = table.classes, table.colors
        self.ignore_index = ignore_index(len(table.classes))
        self._lookup = table.lookup()
        pictures, hidden = by_stem(images, (image_end,))
        found, others = by_stem(masks, mask_ends)
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


def by_stem(folder: Path, ends: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Picture files by the part of their path that pairs them; how many others were ignored."""
    pattern = re.compile(f"(?:{'|'.join(map(re.escape, ends))})$")
    found: dict[str, list[str]] = {}
    files, ignored = files_below(folder)
    for file in sorted(files):
        stem = file.relative_to(folder).with_suffix("").as_posix()
        if not is_image_name(file.name):
            ignored += 1
        elif match := pattern.search(stem):
            found.setdefault(stem[: match.start()], []).append(str(file))
    return found, ignored


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
