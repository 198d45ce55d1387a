"""The settings of augmentation in detection and instance segmentation."""

from __future__ import annotations

from dataclasses import dataclass

from cyclemlp.data.augmentation.dense import DenseAugmentation


@dataclass(frozen=True)
class DetectionAugmentation(DenseAugmentation):
    """Augmentation with the defaults of PVT's RetinaNet and Mask R-CNN 1x (mmdetection).

    The defaults resize and flip. With a crop and a wide scale it is large-scale jitter (Ghiasi et
    al., CVPR 2021).

    Args:
        min_size: objects whose box has a shorter side than this, in pixels, are dropped; at
            least 1.

    Raises:
        ValueError: a value is out of range.
    """

    min_size: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_size < 1:
            raise ValueError(f"--augment.min-size is at least 1, got {self.min_size}")
