"""From images to predictions, with the core libraries alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias, overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms.v2.functional import to_pil_image

from cyclemlp.data.images.reading import read_image
from cyclemlp.data.images.rgb import to_rgb
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.tasks.prediction import Prediction

ImageLike: TypeAlias = "str | Path | Image.Image | np.ndarray | Tensor"
"""A file, a PIL image, an ``(H, W, 3)`` or ``(H, W)`` uint8 array, or a ``(C, H, W)`` tensor of 1
or 3 channels that is uint8 or floating point in 0..1."""


class Predictor:
    """Predictions for single images, lists and streams.

    Args:
        network: of a bundle.
        task: makes predictions of its outputs.
        preprocessing: from an image to the network's input.
        device: where the network runs.
        image_size: input side, or (height, width), instead of the preprocessing's, in pixels.
        batch_size: images a forward pass; by default the task's choice, 32 or 8.

    Attributes:
        transform: from an RGB image to the network's input ``(3, H, W)``.

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
        self.task = task
        self.preprocessing = resized(task, preprocessing, image_size)
        self.device = torch.device(device)
        self.batch_size = batch_size
        self.transform = task.eval_transform(self.preprocessing)
        if image_size is not None:
            check_size(self.network, task.batching.probe_size(self.preprocessing.image_size))

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return self.task.classes

    @property
    def images_at_once(self) -> int:
        """How many images are held and predicted together."""
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
            FileNotFoundError: no such file.
            ValueError: something is no image, or its file cannot be read.
        """
        if isinstance(images, (list, tuple)):
            return list(self.stream(images))
        return next(self.stream([images]))  # type: ignore[list-item]  # a Sequence that is no list is an image

    def stream(self, images: Sequence[ImageLike]) -> Iterator[Prediction]:
        """Predictions in order, a batch at a time: a long list needs the memory of one batch."""
        for start in range(0, len(images), self.images_at_once):
            opened = [open_image(image) for image in images[start : start + self.images_at_once]]
            inputs = [self.transform(image) for image in opened]
            yield from self.predict(inputs, [(image.height, image.width) for image in opened])

    def predict(
        self, inputs: Sequence[Tensor], sizes: Sequence[tuple[int, int]]
    ) -> Sequence[Prediction]:
        """Predictions for prepared inputs ``(3, H, W)`` of images with these (height, width)."""
        images = [image.to(self.device) for image in inputs]
        with torch.inference_mode():
            outputs = self.task.infer(self.network, self.task.batching.join(images))
        return self.task.predictions(outputs, sizes)


def resized(
    task: Task, preprocessing: Preprocessing, image_size: int | tuple[int, int] | None
) -> Preprocessing:
    """The preprocessing at another input size: a side or (height, width) in pixels.

    Raises:
        ValueError: the task keeps every image's own size.
    """
    if image_size is None:
        return preprocessing
    if task.batching.keeps_size:
        raise ValueError(
            f"windows move over an image at its own size, and an image size of {image_size} was "
            "given; leave out one of --image-size and window"
        )
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    return replace(preprocessing, image_size=(height, width))


def check_size(network: nn.Module, size: tuple[int, int]) -> None:
    """Try one image of this (height, width).

    Raises:
        ValueError: the network does not take it.
    """
    parameter = next(network.parameters())
    image = torch.zeros(1, 3, *size, device=parameter.device, dtype=parameter.dtype)
    try:
        with torch.inference_mode():
            network(image)
    except (AssertionError, RuntimeError, ValueError) as error:
        height, width = size
        raise ValueError(
            f"this network does not take {height} × {width} images: {error}"
        ) from error


def open_image(image: ImageLike) -> Image.Image:
    """An RGB PIL image of whatever a user may hold; see `ImageLike`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: it is none of these, or its file cannot be read.
    """
    if isinstance(image, Image.Image):
        return to_rgb(image)
    if isinstance(image, (str, Path)):
        return read_image(image)
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if isinstance(image, Tensor):
        return _from_tensor(image)
    raise ValueError(
        f"an image is a path, a PIL image, an array or a tensor; got {type(image).__name__}"
    )


def _from_array(array: np.ndarray) -> Image.Image:
    grey, colour = array.ndim == 2, array.ndim == 3 and array.shape[2] == 3
    if array.dtype != np.uint8 or not (grey or colour):
        raise ValueError(
            f"an array image is uint8 of shape (H, W, 3) or (H, W); got {array.dtype} "
            f"{array.shape}; convert it, or give a (C, H, W) tensor"
        )
    return Image.fromarray(array).convert("RGB")


def _from_tensor(tensor: Tensor) -> Image.Image:
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3):
        raise ValueError(
            f"a tensor image is (C, H, W) with 1 or 3 channels; got {tuple(tensor.shape)}"
        )
    if tensor.dtype != torch.uint8:
        if not tensor.is_floating_point() or tensor.min() < 0 or tensor.max() > 1:
            raise ValueError(
                f"a tensor image is uint8, or floating point in 0..1; got {tensor.dtype} in "
                f"{tensor.min().item():g}..{tensor.max().item():g}; undo any normalisation first"
            )
        tensor = (tensor.float() * 255).round().to(torch.uint8)
    return to_pil_image(tensor.cpu()).convert("RGB")
