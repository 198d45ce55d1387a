"""Settings of augmentation that segmentation and detection share."""

from __future__ import annotations

from dataclasses import dataclass

from cyclemlp.data.augmentation.checks import check_probabilities, check_range


@dataclass(frozen=True)
class DenseAugmentation:
    """Augmentation of training images together with their masks or boxes.

    An image is first fitted into the preprocessing's size, which is (short side, long side) here as
    in the published recipes: 512, 2048 for ADE20K and 800, 1333 for COCO.

    Args:
        scale: range of a random factor on the fitted size.
        short_sides: short sides to draw from instead of the preprocessing's, e.g. 480, 512, …, 800
            (multi-scale training of DETR and Swin); empty keeps the preprocessing's.
        crop: (height, width) of a random crop, in pixels; None turns it off.
        hflip: probability of a horizontal flip.
        vflip: probability of a vertical flip.
        photometric: probability of each change of brightness (an eighth of the range, added),
            contrast and saturation (a half) and hue (a tenth of the circle).
        repeats: number of times that an image occurs in an epoch, with different augmentation.

    Raises:
        ValueError: a value is out of range.
    """

    scale: tuple[float, float] = (1.0, 1.0)
    short_sides: tuple[int, ...] = ()
    crop: tuple[int, int] | None = None
    hflip: float = 0.5
    vflip: float = 0.0
    photometric: float = 0.0
    repeats: int = 1

    def __post_init__(self) -> None:
        for name in ("scale", "short_sides", "crop"):
            value = getattr(self, name)  # may be a list, from JSON
            object.__setattr__(self, name, None if value is None else tuple(value))
        check_probabilities(self, ("hflip", "vflip", "photometric"))
        check_range("scale", self.scale)
        if self.crop is not None and (len(self.crop) != 2 or min(self.crop) < 1):
            raise ValueError(f"--augment.crop is (height, width) in pixels, got {self.crop}")
        if min(self.short_sides, default=1) < 1 or self.repeats < 1:
            raise ValueError(
                "--augment.short-sides and --augment.repeats are at least 1, got "
                f"{self.short_sides}, {self.repeats}"
            )
