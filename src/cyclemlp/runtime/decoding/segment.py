"""Semantic segmentation: logits to the class of each pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from cyclemlp.data.transforms.resizing import fit_within, normalized
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.engines.engine import Engines
from cyclemlp.tasks.common.bilinear import bilinear
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction

_VALUES_AT_ONCE = 1 << 24  # bounds the memory of logits interpolated to the size of a large image


class SegmentDecoder:
    """Predicts the class of each pixel; see `Decoder`."""

    images_at_once = 1

    def __init__(self, config: ExportConfig, engines: Engines, settings: Mapping[str, Any]) -> None:
        self._config, self._network = config, engines["network"]

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Fit and normalize an RGB image."""
        preprocessing = self._config.preprocessing
        return normalized(fit_within(image, preprocessing), preprocessing)

    def predictions(
        self, inputs: np.ndarray, sizes: Sequence[tuple[int, int]]
    ) -> list[SegmentationPrediction]:
        """Return the class of each pixel of the original images."""
        (logits,) = self._network(inputs)
        classes, colors = self._config.classes, self._config.colors
        labels = [most_probable(one, size) for one, size in zip(logits, sizes, strict=True)]
        return [SegmentationPrediction.of(one, classes, colors) for one in labels]


def most_probable(logits: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the most probable class of each pixel ``(H, W)`` from logits ``(classes, h, w)``."""
    step = max(1, _VALUES_AT_ONCE // (len(logits) * size[1]))
    bands = (slice(top, min(top + step, size[0])) for top in range(0, size[0], step))
    return np.concatenate([bilinear(logits, size, rows).argmax(0) for rows in bands])
