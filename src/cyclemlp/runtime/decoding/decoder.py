"""What the runtime needs of a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from cyclemlp.tasks.prediction import Prediction


class Decoder(Protocol):
    """The predictions of one exported network.

    Attributes:
        images_at_once: images per run; 1 if images differ in size.
    """

    @property
    def images_at_once(self) -> int:
        """Images per run."""
        ...

    def prepare(self, image: Image.Image) -> np.ndarray:
        """Return the network's input ``(3, H, W)`` for an RGB image."""
        ...

    def predictions(
        self, inputs: np.ndarray, sizes: Sequence[tuple[int, int]]
    ) -> Sequence[Prediction]:
        """Return one prediction per image.

        Args:
            inputs: ``(B, 3, H, W)``.
            sizes: (height, width) of each original image, in pixels.
        """
        ...
