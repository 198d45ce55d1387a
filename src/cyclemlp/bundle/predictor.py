"""A trained network that predicts images. Only the core libraries are required."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import torch
from torch import Tensor, nn

from cyclemlp.bundle.image_like import ImageLike, open_image
from cyclemlp.bundle.input_size import check_size, resized
from cyclemlp.data.images.picture import size_of
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.models.prepared import keep_packed
from cyclemlp.tasks.contract import Prediction, Task


class Predictor:
    """Predicts single images, lists and streams of images.

    Args:
        network: the network of a bundle.
        task: turns the network's outputs into predictions.
        preprocessing: from an image to the network's input.
        device: where the network runs.
        image_size: input side, or (height, width), in pixels; by default the preprocessing's.
        batch_size: images per forward pass; by default the task's choice, 32 or 8.

    Attributes:
        transform: from a `Picture` to the network's input ``(C, H, W)``.

    Raises:
        ValueError: the network does not take images of this size.
    """

    def __init__(
        self,
        network: nn.Module,
        task: Task,
        preprocessing: Preprocessing,
        device: str | torch.device = "cpu",
        image_size: int | tuple[int, int] | None = None,
        batch_size: int | None = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.network = network.to(device).eval()
        keep_packed(self.network)
        self.task = task
        self.preprocessing = resized(task, preprocessing, image_size)
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.transform = task.eval_transform(self.preprocessing)
        if image_size is not None:
            probe = task.batching.probe_size(self.preprocessing.image_size)
            check_size(self.network, probe, self.channels)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return self.task.classes

    @property
    def channels(self) -> int:
        """Number of channels of an image; for 3, images are RGB."""
        return self.preprocessing.channels

    @property
    def images_at_once(self) -> int:
        """Number of images per forward pass."""
        return self.task.batching.images_at_once(self.batch_size)

    @overload
    def __call__(self, images: ImageLike) -> Prediction: ...
    @overload
    def __call__(self, images: Sequence[ImageLike]) -> list[Prediction]: ...
    def __call__(self, images: ImageLike | Sequence[ImageLike]) -> Prediction | list[Prediction]:
        """Predict one image or a list of them.

        Args:
            images: see `ImageLike`.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: an item is not an `ImageLike`, or its file cannot be read.
        """
        if isinstance(images, (list, tuple)):
            return list(self.stream(images))
        return next(self.stream([images]))  # type: ignore[list-item]  # a Sequence that is not a list is an image

    def stream(self, images: Sequence[ImageLike]) -> Iterator[Prediction]:
        """Yield the predictions in order. Only one batch of images is in memory at a time."""
        for start in range(0, len(images), self.images_at_once):
            batch = images[start : start + self.images_at_once]
            opened = [open_image(image, self.channels) for image in batch]
            inputs = [self.transform(image) for image in opened]
            yield from self.predict(inputs, [size_of(image) for image in opened])

    def predict(
        self, inputs: Sequence[Tensor], sizes: Sequence[tuple[int, int]]
    ) -> Sequence[Prediction]:
        """Predict prepared images.

        Args:
            inputs: the network's inputs, each ``(C, H, W)``.
            sizes: (height, width) of each original image, in pixels.
        """
        images = [image.to(self.device) for image in inputs]
        with torch.inference_mode():
            outputs = self.task.infer(self.network, self.task.batching.join(images))
        return self.task.predictions(outputs, sizes)
