"""The names and offsets of the authors' released code, and how they become ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from cyclemlp.models.weights.fitting import differences, misfit_message, own_shape
from cyclemlp.models.weights.reading import StateDict, unwrap
from cyclemlp.ops.offsets import PHASES, cycle_offsets

# The released code names branches after its kernels: `sfc_h` is (1, 3) and moves along the width.
_RELEASED_NAMES = (
    (r"^patch_embed\.proj\.", "stem.conv."),
    (r"^(network\.\d+\.\d+\.)attn\.", r"\1mixer."),
    (r"\.mixer\.sfc_h\.", ".mixer.width."),
    (r"\.mixer\.sfc_w\.", ".mixer.height."),
    (r"\.mixer\.mlp_c\.", ".mixer.channel."),
    (r"^head\.(weight|bias)$", r"head.fc.\1"),
)


def is_released(state_dict: Mapping[str, Any]) -> bool:
    """Return whether the names are those of the authors' code."""
    return any(name.startswith(("patch_embed.", "network.")) for name in state_dict)


def rename_released(state_dict: StateDict) -> StateDict:
    """Rename the authors' names to ours. `offset` buffers stay, for `check_offsets`."""
    return {_rename(name): tensor for name, tensor in state_dict.items()}


def _rename(name: str) -> str:
    for pattern, replacement in _RELEASED_NAMES:
        name = re.sub(pattern, replacement, name)
    # `network` holds stages at even positions and the downsampling between them at odd ones
    step = re.match(r"^network\.(\d+)\.(.*)$", name)
    if step is None:
        return name
    position, rest = int(step[1]), step[2]
    if position % 2 == 0:
        return f"stages.{position // 2}.blocks.{rest}"
    return f"stages.{position // 2 + 1}.downsample.{rest.replace('proj.', 'conv.')}"


def checkpoint_filter_fn(checkpoint: dict[str, Any], model: nn.Module) -> StateDict:
    """Convert CycleMLP weights to the names and shapes of a model, as timm's hook.

    Accepts the released files and our own, flat or nested. timm adapts a classifier of another
    size and a stem of other input channels. Norms of stages keep the model's initial values,
    because no classification file holds them.

    Raises:
        ValueError: the offsets are those of another stepsize or phase, or weights are missing,
            unexpected or of another shape; the message lists all of them.
    """
    state_dict = unwrap(checkpoint)
    if is_released(state_dict):
        state_dict = rename_released(state_dict)
    own = model.state_dict()
    check_offsets(take_offsets(state_dict), model)
    for name, tensor in own.items():
        if name.startswith("stage_norms.") and name not in state_dict:
            state_dict[name] = tensor
    problems = differences(state_dict, own, adaptable=("head.fc.", "stem.conv.weight"))
    if problems:
        raise ValueError(misfit_message(type(model).__name__, problems))
    return {
        name: tensor.reshape(own_shape(name, tensor, own)) for name, tensor in state_dict.items()
    }


def take_offsets(state_dict: StateDict) -> StateDict:
    """Remove the `offset` buffers of the released code from a state dict and return them."""
    return {name: state_dict.pop(name) for name in list(state_dict) if name.endswith(".offset")}


def check_offsets(offsets: StateDict, model: nn.Module) -> None:
    """Compare the `offset` buffers of a released file with the offsets of a model.

    A buffer `(1, 2C, 1, 1)` holds the offsets down and to the right of each channel, in pixels.

    Raises:
        ValueError: they differ; the message names the stepsize and phase to build the model with.
    """
    for name, buffer in offsets.items():
        layer_name = name.removesuffix(".offset")
        try:
            layer: Any = model.get_submodule(layer_name)
        except AttributeError:
            raise ValueError(
                f"the file has a Cycle FC at {layer_name}, where this model has none. Create the "
                "variant the file was saved from."
            ) from None
        saved = buffer.reshape(-1, 2).round().long()
        if not torch.equal(saved, cycle_offsets(len(saved), layer.stepsize, layer.phase)):
            raise ValueError(_offset_message(layer_name, layer, saved))


def _offset_message(name: str, layer: Any, saved: torch.Tensor) -> str:
    message = (
        f"the file's offsets must be the model's; {name} was saved with another cycle than "
        f"stepsize {max(layer.stepsize)} and phase {layer.phase!r}."
    )
    span = int(saved.max() - saved.min()) + 1
    for phase in PHASES:
        for stepsize in ((1, span), (span, 1)):
            if torch.equal(saved, cycle_offsets(len(saved), stepsize, phase)):
                return f"{message} Create the model with stepsize={span}, phase={phase!r}."
    return f"{message} Its offsets {saved[:8].tolist()}… follow no stepsize; the file is damaged."
