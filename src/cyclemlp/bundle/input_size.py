"""The input size of a network: changing it, and checking that the network takes it."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from cyclemlp.console.memory import NotEnoughMemoryError, is_out_of_memory
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task

# timm's networks assert the size that their spatial layers or position embeddings were built for.
_FIXED_SIZE = (
    " It is built for one size: give that size with --image-size, build it for another with "
    "--model-args.img_size when training, or choose a model for any size, such as cyclemlp_b1 or "
    "as_mlp_tiny"
)


def resized(
    task: Task, preprocessing: Preprocessing, image_size: int | tuple[int, int] | None
) -> Preprocessing:
    """Return the preprocessing with another input size.

    Args:
        task: the task of the network.
        preprocessing: from an image to the network's input.
        image_size: side, or (height, width), in pixels; None keeps the size.

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


def check_size(network: nn.Module, size: tuple[int, int], channels: int = 3) -> None:
    """Run the network on one image of this (height, width) in pixels.

    Args:
        network: in evaluation mode.
        size: (height, width) in pixels.
        channels: of the image.

    Raises:
        ValueError: the network does not take images of this size.
    """
    height, width = size
    parameter = next(network.parameters())
    try:
        with torch.inference_mode():
            image = torch.zeros(1, channels, *size, device=parameter.device, dtype=parameter.dtype)
            network(image)
    except (AssertionError, MemoryError, RuntimeError, ValueError) as error:
        if is_out_of_memory(error):
            raise NotEnoughMemoryError(
                f"the memory does not suffice for one image of {height} × {width} px with --device "
                f"{parameter.device}; give a smaller --image-size"
            ) from error
        remedy = _FIXED_SIZE if isinstance(error, AssertionError) else ""
        raise ValueError(
            f"this network does not take {height} × {width} images: {error}{remedy}"
        ) from error
