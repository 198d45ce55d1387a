"""The check that a network's outputs are for the classes that its description names."""

from __future__ import annotations

import numpy as np

from cyclemlp.runtime.config import CONFIG_NAME, FIRST_PART, ExportConfig
from cyclemlp.runtime.engines.engine import Engine


def of_classes(engine: Engine, part: str, config: ExportConfig) -> Engine:
    """Return an engine that refuses outputs for another number of classes, as of another export.

    Args:
        engine: of a part.
        part: its name.
        config: of the exported network.
    """
    place = _place(part, config)
    if place is None:
        return engine
    axis, others = place

    def run(*inputs: np.ndarray) -> list[np.ndarray]:
        outputs = engine(*inputs)
        found = outputs[0].shape[axis] - others if outputs[0].ndim > axis else 0
        if found != len(config.classes):
            raise ValueError(
                f"this network's output is for {found} classes, and {CONFIG_NAME} names "
                f"{len(config.classes)}; keep the files of one export together, or export it again"
            )
        return outputs

    return run


def _place(part: str, config: ExportConfig) -> tuple[int, int] | None:
    """Return the axis of the classes in the first output, and how many others are on it.

    None if the part has no output for each class, as one that ends in objects.
    """
    if config.task in ("classify", "segment"):
        return 1, 0
    if part == "boxes":
        return 1, 1  # the background
    one_stage = config.settings.get("detector") == "retinanet" and "cells" in config.settings
    return (2, 0) if part == FIRST_PART and one_stage else None
