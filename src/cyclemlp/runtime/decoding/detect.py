"""Detection and instance segmentation: objects to predictions at the size of the original image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from cyclemlp.data.transforms.resizing import fit_within, normalized
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.decoding.objects import open_objects
from cyclemlp.runtime.engines.engine import Engines
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look


class DetectDecoder:
    """Predicts objects; see `Decoder`.

    The settings are those of the detector, and ``score_threshold``.
    """

    images_at_once = 1

    def __init__(self, config: ExportConfig, engines: Engines, settings: Mapping[str, Any]) -> None:
        self._config = config
        self._objects = open_objects(engines, settings)
        self._look = Look(config.classes, config.colors, settings["score_threshold"])

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Fit and normalize an RGB image."""
        preprocessing = self._config.preprocessing
        return normalized(fit_within(image, preprocessing), preprocessing)

    def predictions(
        self, inputs: np.ndarray, sizes: Sequence[tuple[int, int]]
    ) -> list[DetectionPrediction]:
        """Return the objects in pixels of the original images."""
        found = [one | {"size": np.array(inputs.shape[2:])} for one in self._objects(inputs)]
        return [
            DetectionPrediction.of(one, size, self._look)
            for one, size in zip(found, sizes, strict=True)
        ]
