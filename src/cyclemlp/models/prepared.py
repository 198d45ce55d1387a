"""Networks with packed weights, for inference on a CPU with kernels."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn

from cyclemlp.models import fast, fast_axial
from cyclemlp.models.axial_block import AxialBlock
from cyclemlp.models.block import Block
from cyclemlp.models.layers import ConvLast
from cyclemlp.models.untouched import are_untouched
from cyclemlp.ops.cpu import kernels, library
from cyclemlp.ops.selection import selected_backend
from cyclemlp.ops.tracing import is_eager_on_cpu

Network = TypeVar("Network", bound=nn.Module)

_PACK: dict[type[nn.Module], Callable[..., Any]] = {
    Block: fast.packed_kernels,
    AxialBlock: fast_axial.packed_kernels,
}


def prepare(network: Network) -> Network:
    """Return a copy for inference whose kernels do not pack the weights at each call.

    The copy computes the same, and as the original where there are no kernels. It has the class,
    the names and the `state_dict` of the original; its parameters require no gradients. It notices
    changed parameters and layers, but not writes to memory through `parameter.data`.

    Args:
        network: any module with blocks of CycleMLP or AS-MLP in it, e.g. a timm model or a
            bundle's network.

    Returns:
        The copy, in evaluation mode. `train()` raises `RuntimeError`: train the original.

    Example:
        >>> network = prepare(timm.create_model("cyclemlp_b1"))  # doctest: +SKIP
    """
    prepared = copy.deepcopy(network).eval().requires_grad_(False)
    vars(prepared)["train"] = partial(_stay_in_evaluation, prepared)
    keep_packed(prepared)
    return prepared


def keep_packed(network: nn.Module) -> None:
    """Let the blocks of a network keep packed weights in inference; see `prepare` for changes.

    Blocks that do so already keep what they have packed: predictors can share a network. The
    weights of strided convolutions get their inputs' layout, so that each call copies less.
    """
    for layer in network.modules():
        if type(layer) in _PACK and "plan" not in vars(layer):
            vars(layer)["plan"] = Plan()
        if type(layer) is ConvLast and not _is_channels_last(layer.conv.weight):
            layer.conv.to(memory_format=torch.channels_last)


def _is_channels_last(weight: torch.Tensor) -> bool:
    return weight.is_contiguous(memory_format=torch.channels_last)


def _stay_in_evaluation(network: nn.Module, mode: bool = True) -> nn.Module:
    if mode:
        raise RuntimeError(
            "a prepared network is for inference; received train(). Train the network that was "
            "given to cyclemlp.prepare, and prepare it again."
        )
    return type(network).train(network, False)


@dataclass(frozen=True)
class _Packed:
    """The operands of a block's kernels.

    Attributes:
        key: what they were made from.
        sources: the parameters' memory, so that no other parameters get its addresses.
        mixer: the first kernel, with its weights packed.
        mlp: the second one.
    """

    key: tuple[Any, ...]
    sources: tuple[torch.Tensor, ...]
    mixer: kernels.PackedMixer | kernels.AxialMixer
    mlp: kernels.PackedFeedForward


class Plan:
    """Computes a block by kernels with weights that are packed at the first call.

    A copy or a pickle of it is empty, and packs again.
    """

    def __init__(self) -> None:
        self._packed: _Packed | None = None

    def __call__(self, block: nn.Module, x: torch.Tensor) -> torch.Tensor | None:
        """Compute the block, or return None if that takes other paths than kernels."""
        layers = _layers(block)
        if not _is_usual(layers, x):
            return None
        packed, key = self._packed, _key(layers, x)
        if packed is None or packed.key != key:  # threads may pack twice, with equal results
            packed = self._packed = _pack(block, x, key)
        return None if packed is None else packed.mlp.add_(packed.mixer(x))

    def __reduce__(self) -> tuple[type[Plan], tuple[()]]:
        return Plan, ()


def _layers(block: nn.Module) -> list[nn.Module]:
    """Return what `block.modules()` yields, five times as fast."""
    layers = [block]
    for layer in layers:
        layers.extend(inner for inner in layer._modules.values() if inner is not None)
    return layers


def _is_usual(layers: list[nn.Module], x: torch.Tensor) -> bool:
    return (
        is_eager_on_cpu(x)
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        and selected_backend() != "plain"
        and not any(layer.training for layer in layers)
        and are_untouched(*layers[1:])  # hooks of the block itself do not concern its inside
    )


def _key(layers: list[nn.Module], x: torch.Tensor) -> tuple[Any, ...]:
    """Return what packed weights depend on: the kernels, the layers and their parameters."""
    parameters = [
        _state(p) for layer in layers for p in layer._parameters.values() if p is not None
    ]
    return (x.dtype, x.shape[3], library.find(x.dtype).instructions, *layers, *parameters)


def _state(parameter: torch.Tensor) -> tuple[int, int, torch.dtype]:
    version = 0 if parameter.is_inference() else parameter._version
    return parameter.data_ptr(), version, parameter.dtype


def _pack(block: nn.Module, x: torch.Tensor, key: tuple[Any, ...]) -> _Packed | None:
    packed = _PACK[type(block)](block, x)
    if packed is None:
        return None
    sources = tuple(p.detach() for p in block.parameters())
    return _Packed(key, sources, *packed)
