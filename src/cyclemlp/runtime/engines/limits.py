"""The input sizes that an exported network takes."""

from __future__ import annotations

import numpy as np

from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.engines.engine import Engine


def within_limits(engine: Engine, config: ExportConfig) -> Engine:
    """Return an engine that refuses sizes which the network does not take.

    A network whose batch size is fixed gets one image at a time.
    """

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        (images,) = inputs
        _check_size(images.shape[2:], config)
        if "batch" in config.dynamic:
            return engine(images)
        parts = [engine(images[i : i + 1]) for i in range(len(images))]
        return [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]

    return run


def _check_size(size: tuple[int, ...], config: ExportConfig) -> None:
    # Dense networks pad their images; what some of them need is a coarsest map of two cells.
    side, sides = (min(size), "sides") if config.task == "classify" else (max(size), "a side")
    if side < config.minimum:
        raise ValueError(
            f"this network takes images with {sides} of at least {config.minimum} pixels, and got "
            f"{size[0]} × {size[1]}; give a larger --image-size"
        )
    for axis, name in enumerate(("height", "width")):
        only = config.preprocessing.image_size[axis]
        if name not in config.dynamic and size[axis] != only:
            raise ValueError(
                f"this network was exported for a {name} of {only} pixels, and got {size[axis]}; "
                f"leave out --image-size, or export it again with --dynamic {name}"
            )
