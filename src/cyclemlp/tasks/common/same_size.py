"""Images of different sizes through a network, without padding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

_Output = TypeVar("_Output")


def run_by_size(
    run: Callable[[Tensor], Iterable[_Output]], images: Sequence[Tensor]
) -> list[_Output]:
    """Return one output per image; images of the same size go through the network together.

    No image is padded to the size of another, so that a prediction does not depend on the batch.

    Args:
        run: from ``(B, 3, H, W)`` to ``B`` outputs.
        images: each ``(3, H, W)``.
    """
    outputs: dict[int, _Output] = {}
    for shape in dict.fromkeys(image.shape for image in images):
        alike = [i for i, image in enumerate(images) if image.shape == shape]
        outputs |= zip(alike, run(torch.stack([images[i] for i in alike])), strict=True)
    return [outputs[i] for i in range(len(images))]
