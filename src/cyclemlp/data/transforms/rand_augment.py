"""timm's RandAugment as a step of a v2 pipeline."""

from __future__ import annotations

import re

from torchvision.transforms import v2

from cyclemlp.data.transforms.pipeline import OnImage
from cyclemlp.data.transforms.preprocessing import Preprocessing


def rand_augment(preprocessing: Preprocessing, config: str) -> v2.Transform:
    """Return timm's RandAugment, with the parameters of timm's own pipeline.

    Args:
        preprocessing: gives size, mean and interpolation.
        config: timm's string, e.g. ``"rand-m9-mstd0.5-inc1"``.

    Raises:
        ValueError: timm cannot read the string, or would ignore a part of it.
    """
    from timm.data.auto_augment import rand_augment_transform
    from timm.data.transforms import str_to_pil_interp

    parameters = {
        "translate_const": int(min(preprocessing.image_size) * 0.45),
        "img_mean": tuple(min(255, round(255 * value)) for value in preprocessing.mean),
        "interpolation": str_to_pil_interp(preprocessing.interpolation),
    }
    _check_parts(config)
    try:
        return OnImage(rand_augment_transform(config, parameters))
    except (AssertionError, ValueError, KeyError) as error:
        raise ValueError(
            f"augment.rand_augment {config!r}: timm cannot read it: {error}"
        ) from error


def _check_parts(config: str) -> None:
    unread = [part for part in config.split("-") if not re.search(r"^rand$|^t|\d", part)]
    if unread:  # timm ignores these parts silently
        raise ValueError(f"augment.rand_augment {config!r}: timm does not know {', '.join(unread)}")
