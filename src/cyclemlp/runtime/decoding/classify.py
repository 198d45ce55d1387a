"""Classification: logits to the most probable classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from cyclemlp.data.transforms.resizing import center_crop, normalized
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.engines.engine import Engines
from cyclemlp.tasks.classification.prediction import ClassificationPrediction, top_predictions


class ClassifyDecoder:
    """Predicts classes; see `Decoder`. The setting is ``top_k``."""

    images_at_once = 32

    def __init__(self, config: ExportConfig, engines: Engines, settings: Mapping[str, Any]) -> None:
        self._config, self._network = config, engines["network"]
        self._count = min(settings["top_k"], len(config.classes))

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Resize, crop and normalize an RGB image."""
        preprocessing = self._config.preprocessing
        return normalized(center_crop(image, preprocessing), preprocessing)

    def predictions(
        self, inputs: np.ndarray, sizes: Sequence[tuple[int, int]]
    ) -> list[ClassificationPrediction]:
        """Return the most probable classes of each image."""
        (logits,) = self._network(inputs)
        return top_predictions(logits, self._config.classes, self._count)
