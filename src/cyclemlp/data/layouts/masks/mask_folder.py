"""A split of images with one index mask each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_fault, image_header, read_image
from cyclemlp.data.labels import ignore_index
from cyclemlp.data.layouts.common.orientation import aligned
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_files import read_mask
from cyclemlp.data.layouts.masks.pairs import find_pairs
from cyclemlp.data.split import Check, Sample, Split

if TYPE_CHECKING:  # folders are recognized before torch is imported
    from torchvision.tv_tensors import Mask


class MaskFolder(Split):
    """Images of one folder with index masks of the same names in another folder.

    A target is a `torchvision.tv_tensors.Mask` ``(H, W)`` of the upright image's size. It holds
    labels, and `ignore_index` at ignored pixels; uint8, or int32 for more than 255 classes.

    A mask belongs to the image as a viewer shows it. If the EXIF orientation exchanges width and
    height, and the mask has the size of the stored pixels, it is turned with the image.

    Args:
        images: folder of images, at any depth.
        masks: folder of masks.
        name: the split's name.
        table: the classes and their mask values.
        image_end: see `find_pairs`.
        mask_end: see `find_pairs`.
        notes: see `Split`.
        listed: see `find_pairs`.

    Attributes:
        ignore_index: 255, or 65535 for more than 255 classes.

    Raises:
        ValueError: no image has a mask.
    """

    classes_required = False

    def __init__(
        self,
        images: Path,
        masks: Path,
        name: str,
        table: ClassTable,
        image_end: str = "",
        mask_end: str = "",
        notes: Sequence[str] = (),
        listed: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.notes = tuple(notes)
        self.table = table
        self.classes, self.colors = table.classes, table.colors
        self.ignore_index = ignore_index(len(table.classes))
        self._lookup = table.lookup()
        pairs = find_pairs(images, masks, image_end, mask_end, listed)
        self.files, self.strays, self.ignored = pairs

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
        """Read a sample's mask.

        Raises:
            ImageError: it cannot be read, has another size than the image, or unknown values.
        """
        import torch
        from torchvision.tv_tensors import Mask

        values = self._values(index)
        labels = self._lookup[values]
        if labels.min() < 0:
            source, file = self.files[index]
            unknown = np.unique(values[labels < 0])
            raise ImageError(f"{source}: in its mask {file} {self.table.refusal(unknown)}")
        dtype = torch.uint8 if self.ignore_index == 255 else torch.int32
        return Mask(torch.from_numpy(labels).to(dtype))

    def _values(self, index: int) -> np.ndarray:
        """Read the values of a sample's mask, aligned with the upright image."""
        source, file = self.files[index]
        values, header = read_mask(file, self.table.palette), image_header(source)
        mask = aligned(values, header)
        if mask is None:
            raise ImageError(
                f"{source}: its mask {file} has {values.shape[1]} × {values.shape[0]} pixels, "
                f"but the image has {header.size[0]} × {header.size[1]}"
            )
        return mask

    @override
    def fault(self, index: int) -> str | None:
        return self.check(index).fault

    @override
    def check(self, index: int) -> Check:
        import torch

        source = self.source(index)
        fault = image_fault(source)
        if fault is not None:
            return Check(fault)
        try:
            present = torch.bincount(self.target(index).flatten()).nonzero().flatten().tolist()
        except (ImageError, FileNotFoundError) as error:
            return Check(str(error).removeprefix(f"{source}: "))
        return Check(None, [label for label in present if label != self.ignore_index])
