"""Names of the corruptions, their families and their published strengths.

Source of the strengths: Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common
Corruptions and Perturbations", ICLR 2019, arXiv 1903.12261, as in the code that made ImageNet-C.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SEVERITIES = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """A corruption at five severities.

    Attributes:
        family: ``"noise"``, ``"blur"``, ``"weather"`` or ``"digital"``.
        strengths: the arguments of its function at each of `SEVERITIES`.
        extra: whether it is one of the four that do not count in the mean.
        moves: whether it moves pixels, so that a mask no longer fits.
    """

    family: str
    strengths: tuple[tuple[float, ...], ...]
    extra: bool = False
    moves: bool = False


# Lengths are in pixels of a picture whose short side has 224, see `scale.py`.
CORRUPTIONS: dict[str, Corruption] = {
    # standard deviation; photons; share of the values; standard deviation relative to the value
    "gaussian_noise": Corruption("noise", ((0.08,), (0.12,), (0.18,), (0.26,), (0.38,))),
    "shot_noise": Corruption("noise", ((60,), (25,), (12,), (5,), (3,))),
    "impulse_noise": Corruption("noise", ((0.03,), (0.06,), (0.09,), (0.17,), (0.27,))),
    # radius, sigma of the disk's edge
    "defocus_blur": Corruption("blur", ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))),
    # sigma, longest move, rounds
    "glass_blur": Corruption(
        "blur", ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
    ),
    # radius, sigma
    "motion_blur": Corruption("blur", ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))),
    # largest zoom, step
    "zoom_blur": Corruption(
        "blur", ((1.1, 0.01), (1.15, 0.01), (1.2, 0.02), (1.24, 0.02), (1.3, 0.03))
    ),
    # mean and deviation of the flakes, their size, threshold, radius and sigma of motion, share of
    # the picture's own colours
    "snow": Corruption(
        "weather",
        (
            (0.1, 0.3, 3, 0.5, 10, 4, 0.8),
            (0.2, 0.3, 2, 0.5, 12, 4, 0.7),
            (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
            (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
            (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
        ),
    ),
    # share of the picture, of the frost
    "frost": Corruption("weather", ((1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))),
    # strength, decay from each scale to the next finer one
    "fog": Corruption("weather", ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4))),
    "brightness": Corruption("weather", ((0.1,), (0.2,), (0.3,), (0.4,), (0.5,))),
    "contrast": Corruption("digital", ((0.4,), (0.3,), (0.2,), (0.1,), (0.05,))),
    # amplitude, sigma of the displacement, and move of the corners, in sides of the picture
    "elastic_transform": Corruption(
        "digital",
        (
            (2, 0.7, 0.1),
            (2, 0.08, 0.2),
            (0.05, 0.01, 0.02),
            (0.07, 0.01, 0.02),
            (0.12, 0.01, 0.02),
        ),
        moves=True,
    ),
    # share of the pixels' number along a side; quality
    "pixelate": Corruption("digital", ((0.6,), (0.5,), (0.4,), (0.3,), (0.25,))),
    "jpeg_compression": Corruption("digital", ((25,), (18,), (15,), (10,), (7,))),
    "speckle_noise": Corruption("noise", ((0.15,), (0.2,), (0.35,), (0.45,), (0.6,)), extra=True),
    "gaussian_blur": Corruption("blur", ((1,), (2,), (3,), (4,), (6,)), extra=True),
    # mean and deviation of the liquid, sigma, threshold, strength or sigma of the mud, 1 for mud
    "spatter": Corruption(
        "weather",
        (
            (0.65, 0.3, 4, 0.69, 0.6, 0),
            (0.65, 0.3, 3, 0.68, 0.6, 0),
            (0.65, 0.3, 2, 0.68, 0.5, 0),
            (0.65, 0.3, 1, 0.65, 1.5, 1),
            (0.67, 0.4, 1, 0.65, 1.5, 1),
        ),
        extra=True,
    ),
    # factor and summand of the saturation
    "saturate": Corruption(
        "digital", ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)), extra=True
    ),
}
"""The 15 corruptions of ImageNet-C, then its 4 extra ones."""

FAMILIES = tuple(dict.fromkeys(one.family for one in CORRUPTIONS.values()))
GROUPS = ("all", "standard", "extra", *FAMILIES)


def chosen(names: Sequence[str]) -> list[str]:
    """Return the corruptions that names mean, in the order of `CORRUPTIONS`.

    Args:
        names: of corruptions, families, or ``"all"``, ``"standard"`` and ``"extra"``.

    Raises:
        ValueError: there is no such corruption; the message suggests names.
    """
    wanted = {one for name in names for one in _members(name)}
    return [name for name in CORRUPTIONS if name in wanted]


def _members(name: str) -> list[str]:
    if name in CORRUPTIONS:
        return [name]
    if name not in GROUPS:
        known = [*GROUPS, *CORRUPTIONS]
        near = get_close_matches(name, known, n=2)
        offer = f"did you mean {' or '.join(near)}?" if near else f"use {', '.join(known)}"
        raise ValueError(f"--corruptions has no {name!r}; {offer}")
    belongs = {"all": lambda _: True, "standard": lambda one: not one.extra}
    belongs |= {"extra": lambda one: one.extra}
    test = belongs.get(name, lambda one: one.family == name)
    return [key for key, one in CORRUPTIONS.items() if test(one)]
