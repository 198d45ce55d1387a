"""Where a layer's output supports a score: gradient times activation.

The sum over the channels of gradient times activation is HiResCAM (Draelos and Carin, arXiv
2011.08891). Where a network ends in a mean over positions and a linear layer, it is Grad-CAM
(Selvaraju et al., ICCV 2017). Grad-CAM averages the gradient over the image first, which would
carry the evidence for one object or one pixel's class over the whole image.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from captum.attr import LayerGradientXActivation
from torch import Tensor

from cyclemlp.console.memory import is_out_of_memory
from cyclemlp.explaining.grids import Size, over_image, summed
from cyclemlp.explaining.places import Place

_FEWEST = 4  # positions along a side, with which a map still shows a place

Score = Callable[[Tensor], Tensor]
"""Takes an image ``(1, C, H, W)`` and returns a score ``(1,)`` with its gradient."""


def evidence(
    score: Score, image: Tensor, places: list[Place], covered: Size, prefix: int = 0
) -> tuple[Place, Tensor] | None:
    """Return the evidence for a score at the last layer on which the score depends.

    In a vision transformer with a class token, no score depends on the positions of the last block.
    Of several layers, those with fewer than 4 × 4 positions are passed over if another has more:
    small images leave only one or two positions a side in the last stage.

    Args:
        score: what is explained.
        image: ``(1, C, H, W)``.
        places: layers, in the network's order.
        covered: (height, width) that their outputs cover.
        prefix: number of tokens without a position.

    Returns:
        The layer and the evidence ``(H, W)``, negative where it speaks against the score; None if
        the score depends on no position of these layers.

    Raises:
        ValueError: the output of a layer has no positions.
    """
    found: tuple[Place, Tensor] | None = None
    for place in reversed(places):
        plane = summed(_products(score, image, place), covered, place.channels, prefix)
        if plane is None:
            raise ValueError(
                f"the output of layer {place.name!r} has no positions of the image; choose another "
                "--layer, or a --stage"
            )
        if plane.any() and (found is None or min(plane.shape) > min(found[1].shape)):
            found = place, plane
        if found is not None and min(found[1].shape) >= _FEWEST:
            break
    if found is None:
        return None
    place, plane = found
    return place, over_image(plane.float(), covered, (image.shape[-2], image.shape[-1])).cpu()


def _products(score: Score, image: Tensor, place: Place) -> Tensor:
    """Return gradient times activation, in the layout of the layer's output."""
    method = LayerGradientXActivation(score, place.module)
    try:
        with torch.enable_grad():
            found: Any = method.attribute(image.clone())
    except (AssertionError, KeyError, RuntimeError) as error:  # captum's, of a layer without calls
        if is_out_of_memory(error):
            raise
        raise ValueError(
            f"layer {place.name!r} gives no gradient of the score; choose another --layer, or a "
            "--stage"
        ) from error
    if isinstance(found, tuple):
        found = found[0]
    return found.detach()
