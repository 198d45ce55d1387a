"""Preprocessing: the size and normalization of a network's input, for all tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos")


@dataclass(frozen=True)
class Preprocessing:
    """The size and normalization of a network's input, as a bundle stores them.

    Args:
        image_size: (height, width) in pixels. Dense tasks keep an image's aspect ratio: they fit
            its short side into the smaller value and its long side into the larger one.
        crop_pct: share of the resized image that the center crop keeps, in each direction.
        interpolation: nearest, bilinear, bicubic or lanczos.
        mean: of each channel, subtracted from values in 0..1; by default of red, green and blue.
        std: of each channel; the difference is divided by it.

    Raises:
        ValueError: a value is out of range.
    """

    image_size: tuple[int, int]
    crop_pct: float = 0.875
    interpolation: str = "bicubic"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        for name in ("image_size", "mean", "std"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists, from JSON
        if len(self.image_size) != 2 or min(self.image_size) < 1:
            raise ValueError(f"image_size is (height, width) in pixels, got {self.image_size}")
        if not 0 < self.crop_pct <= 1:
            raise ValueError(f"crop_pct is above 0 and at most 1, got {self.crop_pct}")
        if self.interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"interpolation is one of {', '.join(_INTERPOLATIONS)}, got {self.interpolation!r}"
            )
        if not 1 <= len(self.mean) == len(self.std) or min(self.std) <= 0:
            raise ValueError(
                "mean and std have one value for each channel, std above 0; got "
                f"{self.mean}, {self.std}"
            )

    @property
    def channels(self) -> int:
        """Number of channels of the network's input."""
        return len(self.mean)

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON types; `from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Preprocessing:
        """Read the values that `to_dict` returned."""
        return cls(**content)
