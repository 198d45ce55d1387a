"""The settings of augmentation in semantic segmentation."""

from __future__ import annotations

from dataclasses import dataclass

from cyclemlp.data.augmentation.dense import DenseAugmentation


@dataclass(frozen=True)
class SegmentationAugmentation(DenseAugmentation):
    """Augmentation with the defaults of PVT's Semantic FPN and Swin's UPerNet (mmsegmentation).

    The defaults are scale 0.5 to 2, a crop of 512 in which no class has a share above 0.75,
    horizontal flip and photometric distortion. Images smaller than the crop are padded, and the
    padding is ignored. A crop larger than the largest scaled image, and than 128, is reduced to it.

    Args:
        max_share: largest share of a class in a crop; ten crops are tried. 1 turns it off.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    crop: tuple[int, int] | None = (512, 512)
    photometric: float = 0.5
    max_share: float = 0.75

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.max_share <= 1:
            raise ValueError(f"--augment.max-share is above 0 and at most 1, got {self.max_share}")
