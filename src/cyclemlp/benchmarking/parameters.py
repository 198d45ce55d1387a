"""Random parameters that make every parameter affect the result."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def randomise(network: nn.Module) -> nn.Module:
    """Draw all parameters so that each affects the result; initial ones are often 0 or 1."""
    generator = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim > 1:
            values *= parameter[0].numel() ** -0.5
        elif name.endswith("bias"):
            values *= 0.5
        else:  # the scale of a norm
            values = 1 + 0.25 * values
        parameter.data.copy_(values)
    return network


def randomise_classifier(network: Any) -> nn.Module:
    """Draw the classifier of a timm model; some are initialised with zeros, which hide errors."""
    head = network.get_classifier()
    if isinstance(head, nn.Linear):
        nn.init.normal_(head.weight, std=head.in_features**-0.5)
    return network
