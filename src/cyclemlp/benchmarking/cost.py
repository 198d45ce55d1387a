"""Operation counts of a network."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode, flop_registry


def count_macs(network: nn.Module, images: Tensor) -> int:
    """Return the multiply-accumulates of a forward pass in matrix products and convolutions.

    Args:
        network: in evaluation mode.
        images: the network's input.
    """
    counter = FlopCounterMode(display=False)
    _run(network, images, counter)
    return counter.get_total_flops() // 2


def count_activations(network: nn.Module, images: Tensor) -> int:
    """Return the number of output elements of the operations that `count_macs` counts.

    Args:
        network: in evaluation mode.
        images: the network's input.
    """
    elements = dict.fromkeys(flop_registry, _output_elements)
    counter = FlopCounterMode(display=False, custom_mapping=elements)
    _run(network, images, counter)
    return counter.get_total_flops()


def count_parameters(network: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def _run(network: nn.Module, images: Tensor, counter: FlopCounterMode) -> None:
    with torch.inference_mode(), counter:
        network(images)


def _output_elements(*shapes: Any, out_shape: Any = None, **_: Any) -> int:
    # Attention returns its output first, then what its gradient needs.
    return prod(out_shape if isinstance(out_shape, torch.Size) else out_shape[0])
