"""A split of images with one mask of labels each, however the masks are stored."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from cyclemlp.data.images.inspection import Inspection, inspect_image
from cyclemlp.data.images.opening import ImageError
from cyclemlp.data.split import Check, Sample, Split

if TYPE_CHECKING:  # folders are recognized before torch is imported
    from torchvision.tv_tensors import Mask


class MaskSplit(Split):
    """Images with a mask of labels each.

    A target is a `torchvision.tv_tensors.Mask` ``(H, W)`` of the upright image's size. It holds
    labels, and `ignore_index` at ignored pixels; uint8, or int32 for more than 255 classes.

    Attributes:
        ignore_index: 255, or 65535 for more than 255 classes.
    """

    classes_required = False
    ignore_index: int

    @abstractmethod
    def target(self, index: int) -> Mask:
        """Return a sample's mask.

        Raises:
            FileNotFoundError: a file of the sample does not exist.
            ImageError: the mask cannot be used, or has another size than the image.
        """

    def warnings(self, index: int) -> Sequence[str]:
        """Return what was left out of a usable mask."""
        return ()

    @override
    def __getitem__(self, index: int) -> Sample:
        return Sample(self.picture(self.source(index)), self.target(index))

    @override
    def inspect(self, index: int) -> Inspection:
        return inspect_image(self.source(index), self.channels)

    @override
    def check(self, index: int) -> Check:
        import torch

        source = self.source(index)
        found = self.inspect(index)
        if found.fault is not None:
            return Check(found.fault)
        try:
            present = torch.bincount(self.target(index).flatten()).nonzero().flatten().tolist()
        except (ImageError, FileNotFoundError) as error:
            return Check(str(error).removeprefix(f"{source}: "))
        labels = [label for label in present if label != self.ignore_index]
        return Check(None, labels, self.warnings(index), found.channels, found.remarks)
