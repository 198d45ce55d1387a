"""Which pixels of a picture a position of a feature map depends on; see `models.influence`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from cyclemlp.models.influence import half_share, influence
from cyclemlp.serving.answering import png
from cyclemlp.serving.explaining import Explains, Region
from cyclemlp.serving.servable import Predicts

_HOT = np.array((255, 120, 0), np.float32)
_WIDTH = 480  # pixels, from which a picture is shown as it is
_MOST_PIXELS = 1 << 22  # of a drawing, which is computed in float32


@dataclass(frozen=True, eq=False)
class Field:
    """An effective receptive field; a `Prediction`.

    Attributes:
        heat: ``(h, w)`` of the network's input, in 0..1.
        region: the part of the picture that the input shows.
        point: (x, y) of the position, each a fraction of the picture's side.
        stride: pixels of the input between two positions of the feature map.
    """

    suffix: ClassVar[str] = ".png"

    heat: np.ndarray
    region: Region
    point: tuple[float, float]
    stride: int

    @property
    def share(self) -> float:
        """The smallest share of the input's pixels that holds half of the influence."""
        return half_share(torch.from_numpy(self.heat))

    def __str__(self) -> str:
        return f"half of the influence comes from {self.share:.1%} of the pixels"

    def to_dict(self) -> dict[str, Any]:
        """Return the stride, the share and the input's size."""
        return {"stride": self.stride, "half_share": self.share, "input": list(self.heat.shape)}

    def draw(self, image: Image.Image) -> Image.Image:
        """Return a gray copy of `image`, with the field in orange and a cross at the position."""
        base = image.resize(_shown_size(image.size), Image.Resampling.BILINEAR)
        base = base.convert("L").convert("RGB")
        left, top, right, bottom = self._corners(base.size)
        strength = Image.fromarray((255 * np.sqrt(self.heat)).astype(np.uint8))
        strength = strength.resize((right - left, bottom - top), Image.Resampling.BILINEAR)
        opacity = np.zeros((base.height, base.width, 1), np.float32)
        opacity[top:bottom, left:right, 0] = np.asarray(strength, np.float32) / 255
        pixels = np.asarray(base, np.float32) * (1 - opacity) * 0.8 + _HOT * opacity
        drawn = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        _cross(drawn, self.point[0] * base.width, self.point[1] * base.height)
        return drawn

    def _corners(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the region in pixels of a picture of (width, height), at least one each way."""
        width, height = size
        left = min(round(self.region.left * width), width - 1)
        top = min(round(self.region.top * height), height - 1)
        right, bottom = round(self.region.right * width), round(self.region.bottom * height)
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def save(self, path: Any) -> None:
        """Write the heat as a grayscale PNG."""
        with open(path, "wb") as file:
            file.write(png(Image.fromarray((255 * self.heat).astype(np.uint8))))


def _shown_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size at which a picture is shown: a small one enlarged, a huge one reduced."""
    width, height = size
    scale = min(max(1, round(_WIDTH / width)), (_MOST_PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _cross(image: Image.Image, x: float, y: float) -> None:
    pen = ImageDraw.Draw(image)
    for color, width in (((0, 0, 0), 5), ((255, 255, 255), 2)):
        pen.line((x - 9, y, x + 9, y), color, width)
        pen.line((x, y - 9, x, y + 9), color, width)


class FieldAt:
    """Predicts the `Field` of one position; a `Predicts`.

    Args:
        network: gives the feature maps.
        predictor: prepares the picture.
        stage: number of the feature map, from 0, finest first.
        point: (x, y), each a fraction of the picture's side.
    """

    images_at_once = 1

    def __init__(
        self,
        network: Explains,
        predictor: Predicts,
        stage: int,
        point: tuple[float, float],
    ) -> None:
        self._network, self._stage, self._point = network, stage, point
        self.transform, self.channels = predictor.transform, predictor.channels

    def predict(self, inputs: Sequence[Tensor], sizes: Sequence[tuple[int, int]]) -> list[Field]:
        """Return the field of each input."""
        return [self._field(one, size) for one, size in zip(inputs, sizes, strict=True)]

    def _field(self, inputs: Tensor, size: tuple[int, int]) -> Field:
        region = self._network.region(size)
        with torch.enable_grad():
            image = inputs[None].clone().requires_grad_()
            features = self._network.features(image)[self._stage]
            row, column = _cell(features, region, self._point)
            heat = influence(features[0, :, row, column], image).cpu().numpy()
        heat /= max(float(heat.max()), 1e-30)
        return Field(heat, region, self._point, round(image.shape[-1] / features.shape[-1]))


def _cell(features: Tensor, region: Region, point: tuple[float, float]) -> tuple[int, int]:
    """Return row and column of the position nearest to a point of the picture."""
    left, top, right, bottom = region
    height, width = features.shape[-2:]
    across = (point[0] - left) / (right - left)
    down = (point[1] - top) / (bottom - top)
    return min(max(int(down * height), 0), height - 1), min(max(int(across * width), 0), width - 1)
