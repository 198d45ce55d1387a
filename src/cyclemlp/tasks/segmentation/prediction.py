"""What a segmenter says of one image: an index mask that knows names and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from PIL import Image
from torch import Tensor

from cyclemlp.data.split import Color
from cyclemlp.tasks.common.drawing import legend

_OPACITY = 0.55


@dataclass(frozen=True, eq=False)
class SegmentationPrediction:
    """The class of each pixel of one image.

    Attributes:
        mask: ``(H, W)`` class numbers, uint8 or uint16; numbers beyond the classes mean none.
        classes: names, by number.
        colors: red, green and blue, 0..255, by number.
    """

    suffix: ClassVar[str] = ".png"

    mask: np.ndarray
    classes: tuple[str, ...]
    colors: tuple[Color, ...]

    @classmethod
    def of(
        cls, labels: Tensor, classes: Sequence[str], colors: Sequence[Color]
    ) -> SegmentationPrediction:
        """From class numbers ``(H, W)`` of any integer type."""
        dtype = np.uint8 if len(classes) <= 255 else np.uint16
        return cls(labels.cpu().numpy().astype(dtype), tuple(classes), tuple(colors))

    @property
    def shares(self) -> dict[str, float]:
        """Share of the image's pixels of each class that is there, largest first."""
        counts = np.bincount(self.mask.ravel(), minlength=len(self.classes))[: len(self.classes)]
        order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
        return {self.classes[i]: float(counts[i] / self.mask.size) for i in order}

    def __str__(self) -> str:
        return ", ".join(f"{label} {share:.1%}" for label, share in self.shares.items())

    def to_dict(self) -> dict[str, Any]:
        """``{"size": [H, W], "classes": [{"label", "share"}, …]}``, largest share first."""
        classes = [{"label": label, "share": share} for label, share in self.shares.items()]
        return {"size": list(self.mask.shape), "classes": classes}

    def draw(self, image: Image.Image) -> Image.Image:
        """A copy of `image` with the classes' colours laid over it and their names below."""
        known = self.mask < len(self.classes)
        paint = np.zeros((*self.mask.shape, 3), np.float32)
        paint[known] = np.array(self.colors, np.float32)[self.mask[known]]
        pixels = np.asarray(image.convert("RGB"), np.float32)
        opacity = np.where(known, _OPACITY, 0)[..., None]
        mixed = pixels * (1 - opacity) + paint * opacity
        colors = dict(zip(self.classes, self.colors, strict=True))
        entries = [(label, colors[label]) for label in self.shares]
        return legend(Image.fromarray(mixed.round().astype(np.uint8)), entries)

    def save(self, path: str | Path) -> None:
        """Write an index mask as PNG: class numbers, shown in the classes' colours by viewers."""
        image = Image.fromarray(self.mask)
        if self.mask.dtype == np.uint8:
            image = image.convert("L")
            image.putpalette([part for color in self.colors for part in color])
        image.save(path)
