"""Which pixels a position of a feature map depends on.

The effective receptive field of Luo et al. (NeurIPS 2016): the absolute gradient of the feature at
one position with respect to each pixel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_DIRECTIONS = 4  # random sums of the channels


def feature_maps(backbone: nn.Module, image: Tensor) -> list[Tensor]:
    """Return the feature maps ``(B, C, h, w)`` of a timm model, finest first.

    Args:
        backbone: a timm model, or timm's feature network of a dense task.
        image: ``(B, 3, H, W)``.
    """
    network: Any = backbone
    if hasattr(network, "forward_intermediates"):
        return list(network.forward_intermediates(image, intermediates_only=True))
    return list(network(image))


def influence(feature: Tensor, image: Tensor, last: bool = True) -> Tensor:
    """Return how strongly each pixel changes a feature ``(C,)``: ``(H, W)`` float32.

    It is the mean of the absolute gradients of random sums of the channels. Their plain sum would
    not do: after a LayerNorm it is nearly constant.

    Args:
        feature: computed from `image`.
        image: ``(1, 3, H, W)``, which requires its gradient.
        last: whether the graph is freed afterwards.
    """
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros(image.shape[-2:], device=image.device)
    for number in range(_DIRECTIONS):
        signs = torch.randint(2, feature.shape, generator=generator) * 2 - 1
        more = not last or number + 1 < _DIRECTIONS
        signed = (feature * signs.to(feature)).sum()
        (gradient,) = torch.autograd.grad(signed, image, retain_graph=more)
        total += gradient[0].abs().sum(0).float()
    return total / _DIRECTIONS


def half_share(heat: Tensor) -> float:
    """Return the smallest share of the pixels that holds half of the influence, in 0..1."""
    ordered = heat.flatten().sort(descending=True).values.cumsum(0)
    return float(torch.searchsorted(ordered, ordered[-1:] / 2) + 1) / heat.numel()
