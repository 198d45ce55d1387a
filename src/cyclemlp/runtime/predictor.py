"""Predictions of images by an exported network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias, overload

import numpy as np
from PIL import Image

from cyclemlp.data.images.reading import read_image
from cyclemlp.data.images.rgb import to_rgb
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.decoding.decoder import Decoder
from cyclemlp.tasks.prediction import Prediction

Source: TypeAlias = "str | Path | Image.Image | np.ndarray"
"""A file, a PIL image, or an ``(H, W, 3)`` or ``(H, W)`` uint8 array."""


class RuntimePredictor:
    """Predicts single images and lists of them.

    Args:
        config: of the exported network.
        decoder: computes predictions of its task.
    """

    def __init__(self, config: ExportConfig, decoder: Decoder) -> None:
        self.config = config
        self._decoder = decoder

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return self.config.classes

    @overload
    def __call__(self, images: Source) -> Prediction: ...
    @overload
    def __call__(self, images: Sequence[Source]) -> list[Prediction]: ...
    def __call__(self, images: Source | Sequence[Source]) -> Prediction | list[Prediction]:
        """Predict one image or a list of them.

        Args:
            images: see `Source`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: a file cannot be read, or an array is no image.
        """
        if isinstance(images, (list, tuple)):
            return list(self.stream(images))
        return next(self.stream([images]))  # type: ignore[list-item]  # a Sequence that is not a list is an image

    def stream(self, images: Sequence[Source]) -> Iterator[Prediction]:
        """Yield the predictions in order. Only one batch of images is in memory at a time."""
        at_once = self._decoder.images_at_once
        for start in range(0, len(images), at_once):
            opened = [_opened(image) for image in images[start : start + at_once]]
            inputs = [self._decoder.prepare(image) for image in opened]
            sizes = [(image.height, image.width) for image in opened]
            yield from self._decoder.predictions(np.stack(inputs), sizes)


def _opened(image: Source) -> Image.Image:
    if isinstance(image, (str, Path)):
        return read_image(image)
    if isinstance(image, np.ndarray):
        colors = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
        if image.dtype != np.uint8 or not colors or 0 in image.shape:
            raise ValueError(
                f"an array image is uint8 of shape (H, W, 3) or (H, W); got {image.dtype} "
                f"{image.shape}"
            )
        image = Image.fromarray(image)
    if not isinstance(image, Image.Image):
        raise ValueError(f"an image is a path, a PIL image or an array; got {type(image).__name__}")
    return to_rgb(image)
