"""Predictions of segmentation: an index mask with class names and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from cyclemlp.data.colors import Color
from cyclemlp.tasks.segmentation.drawing import legend, overlay


@dataclass(frozen=True, eq=False)
class SegmentationPrediction:
    """The class of each pixel of one image.

    Attributes:
        mask: ``(H, W)`` class indices, uint8 or uint16; an index beyond the classes means no class.
        classes: names, by index.
        colors: red, green and blue of each class, in 0..255.
    """

    suffix: ClassVar[str] = ".png"

    mask: np.ndarray
    classes: tuple[str, ...]
    colors: tuple[Color, ...]

    @classmethod
    def of(
        cls, labels: ArrayLike, classes: Sequence[str], colors: Sequence[Color]
    ) -> SegmentationPrediction:
        """Create a prediction from class indices ``(H, W)`` of any integer type."""
        dtype = np.uint8 if len(classes) <= 255 else np.uint16
        return cls(np.asarray(labels).astype(dtype), tuple(classes), tuple(colors))

    @property
    def shares(self) -> dict[str, float]:
        """Share of the pixels of each class that occurs, in descending order."""
        counts = np.bincount(self.mask.ravel(), minlength=len(self.classes))[: len(self.classes)]
        order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
        return {self.classes[i]: float(counts[i] / self.mask.size) for i in order}

    def __str__(self) -> str:
        return ", ".join(f"{label} {share:.1%}" for label, share in self.shares.items())

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"size": [H, W], "classes": [{"label", "share"}, …]}``, largest share first."""
        classes = [{"label": label, "share": share} for label, share in self.shares.items()]
        return {"size": list(self.mask.shape), "classes": classes}

    def draw(self, image: Image.Image) -> Image.Image:
        """Return a copy of `image` tinted with the classes' colours, with a legend below it."""
        colors = dict(zip(self.classes, self.colors, strict=True))
        entries = [(label, colors[label]) for label in self.shares]
        return legend(overlay(image, self.mask, self.colors), entries)

    def save(self, path: str | Path) -> None:
        """Write the mask as a PNG of class indices; with 8 bits, viewers show the colours."""
        image = Image.fromarray(self.mask)
        if self.mask.dtype == np.uint8:
            image = image.convert("L")
            image.putpalette([part for color in self.colors for part in color])
        image.save(path)
