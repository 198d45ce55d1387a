"""The first and last step of torchvision's detectors, reduced to padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.transform import GeneralizedRCNNTransform


class Padding(nn.Module):
    """Pads images at the right and bottom to one size, a multiple of 32.

    It replaces torchvision's `GeneralizedRCNNTransform`, which also resizes and normalises images
    and pastes masks; in this library the transforms and predictions do that.
    """

    def __init__(self) -> None:
        super().__init__()
        self._torchvision = GeneralizedRCNNTransform(1, 1, [0.0] * 3, [1.0] * 3)

    def forward(self, images: Sequence[Tensor], targets: Any = None) -> tuple[ImageList, Any]:
        """Join images ``(3, H, W)`` into one `ImageList`; targets are returned unchanged."""
        sizes = [(image.shape[-2], image.shape[-1]) for image in images]
        return ImageList(self._torchvision.batch_images(list(images)), sizes), targets

    def postprocess(self, result: Any, image_shapes: Any, original_image_sizes: Any) -> Any:
        """Return the detections unchanged: boxes are in pixels of the images as given."""
        return result
