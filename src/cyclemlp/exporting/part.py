"""A part of a network that is exported as one graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

AXES = {"batch": 0, "height": 2, "width": 3}
"""Name of each axis of the images that may vary, and its number."""
STRIDE = 32
"""Of the last stage, in pixels."""

# Any sizes are a valid example; these are not divisible by a stride.
_EXAMPLE = {"batch": 2, "height": 97, "width": 131}


@dataclass(frozen=True)
class Input:
    """An input of a graph.

    Attributes:
        name: of the input.
        shape: of an example.
        axes: number of each axis that may vary -> its name and its smallest value.
    """

    name: str
    shape: tuple[int, ...]
    axes: Mapping[int, tuple[str, int]]


@dataclass(frozen=True)
class Part:
    """A part of a network.

    Attributes:
        module: from the inputs to a tensor, or a tuple of tensors.
        inputs: of the module.
        outputs: their names.
    """

    module: nn.Module
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]


def images_input(size: tuple[int, int], dynamic: Sequence[str], minimum: int) -> Input:
    """Return the input of a part that takes images ``(B, 3, H, W)``.

    Args:
        size: (height, width) of the axes that may not vary.
        dynamic: names of the axes that may vary.
        minimum: smallest height and width, in pixels.
    """
    fixed = {"batch": 1, "height": size[0], "width": size[1]}
    sides = [_EXAMPLE[name] if name in dynamic else fixed[name] for name in AXES]
    axes = {
        axis: (name, 1 if name == "batch" else minimum)
        for name, axis in AXES.items()
        if name in dynamic
    }
    return Input("images", (sides[0], 3, *sides[1:]), axes)


def taken(
    batch: int, size: tuple[int, int], fixed: tuple[int, int], dynamic: Sequence[str]
) -> tuple[int, int, int]:
    """Return the nearest (batch, height, width) that a graph takes.

    Args:
        batch: wanted number of images.
        size: wanted (height, width).
        fixed: (height, width) of the axes that may not vary.
        dynamic: names of the axes that may vary.
    """
    wanted = {"batch": batch, "height": size[0], "width": size[1]}
    only = {"batch": 1, "height": fixed[0], "width": fixed[1]}
    batch, height, width = (wanted[k] if k in dynamic else only[k] for k in AXES)
    return batch, height, width
