"""Modules that do not train."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def frozen_modules(network: nn.Module) -> Iterator[nn.Module]:
    """Yield the outermost modules whose parameters are all frozen."""
    parameters = list(network.parameters())
    if not parameters:
        return
    if not any(parameter.requires_grad for parameter in parameters):
        yield network
        return
    for child in network.children():
        yield from frozen_modules(child)
