"""A split of images with one index mask each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.images.reading import image_header
from cyclemlp.data.labels import ignore_index
from cyclemlp.data.layouts.common.orientation import aligned
from cyclemlp.data.layouts.masks.class_table import ClassTable
from cyclemlp.data.layouts.masks.mask_files import read_mask
from cyclemlp.data.layouts.masks.mask_split import MaskSplit
from cyclemlp.data.layouts.masks.pairs import find_pairs

if TYPE_CHECKING:  # folders are recognized before torch is imported
    from torchvision.tv_tensors import Mask


class MaskFolder(MaskSplit):
    """Images of one folder with index masks of the same names in another folder.

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

    Raises:
        ValueError: no image has a mask.
    """

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
    def source(self, index: int) -> str:
        return self.files[index][0]

    @override
    def target(self, index: int) -> Mask:
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
