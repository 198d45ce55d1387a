"""The fused paths of a mixer and a block: when they apply, and the calls.

`mixer.py` and `block.py` define the layers. Each entry here returns the same result, or None if no
fused path applies. Exporters, tracers and counters always see the layers, and so do compilers if
there are no kernels.

`mixer` and `block` use the attributes that `CycleMixer` and `Block` have, and do not import them.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from timm.layers import Mlp
from torch import nn
from torch.autograd import forward_ad

from cyclemlp.models.layers import CycleFC, branch_weights
from cyclemlp.models.untouched import (
    are_untouched,
    does_nothing,
    has_shape,
    have_types,
    is_plain_mlp,
    is_plain_norm,
    suit,
)
from cyclemlp.ops.cpu import kernels, library, registered
from cyclemlp.ops.plain.feed_forward import add_feed_forward_, feed_forward, recomputing_pays
from cyclemlp.ops.plain.mixing import Branch, branch_means, mix, one_product_pays
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.selection import selected_backend
from cyclemlp.ops.tracing import is_eager_on_cpu

# tracers of older releases take the flag of torch.export to be set, and cannot ask for autocast
_COMPILES_KERNELS = torch.__version__ >= "2.15"


def mixer(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute a `CycleMixer` in one call, or return None.

    Args:
        layers: the mixer.
        x: `(B, H, W, C)`.
    """
    if not is_eager_on_cpu(x) or not _is_plain_mixer(layers, x):
        return None
    if not torch.is_grad_enabled() and _has_mixer_kernels(layers, x):
        return layers.proj_drop(_mixer_kernels(layers, x))
    if one_product_pays(x, summed=layers.reweight is None):
        return layers.proj_drop(_one_product(layers, x))
    return None


def block(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute a `Block`, each half in one call if possible, or return None.

    Args:
        layers: the block. Any mixer; only those that declare `has_fast_path` are fused with the
            norm before them and the addition after them.
        x: `(B, H, W, C)`.
    """
    if not is_eager_on_cpu(x):
        if not _is_compiled_on_cpu(x):
            return None
    elif (plan := vars(layers).get("plan")) is not None:  # see prepared.py
        y = plan(layers, x)
        if y is not None:
            return y
    return _add_mlp(layers, _add_mixer(layers, x))


def block_operands(
    layers: Any, x: torch.Tensor
) -> tuple[kernels.MixerLayers, nn.LayerNorm, Branch, Branch] | None:
    """Return the operands of both kernels of a block for inputs such as x, or None.

    Args:
        layers: the block.
        x: `(B, H, W, C)`, of the dtype of the parameters.

    Returns:
        Those of the mixer without the residual, and norm and layers of the MLP.
    """
    mlp, drop = layers.mlp, layers.drop_path2
    if (
        _is_mixer_fused(layers, x)
        and is_plain_mlp(mlp, x, x.shape[-1])
        and is_plain_norm(layers.norm2, x)
        and does_nothing(drop)
    ):
        mixer = _mixer_operands(layers.mixer, x.dtype, layers.norm1, None)
        return mixer, layers.norm2, *_mlp_operands(mlp, x.dtype)
    return None


def _add_mixer(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute `x + drop_path1(mixer(norm1(x)))`."""
    mixer, norm = layers.mixer, layers.norm1
    if not torch.is_grad_enabled() and _is_mixer_fused(layers, x):
        return _mixer_kernels(mixer, x, norm, residual=x)
    return x + layers.drop_path1(mixer(norm(x)))


def _is_mixer_fused(layers: Any, x: torch.Tensor) -> bool:
    """Return whether a kernel computes norm, mixer and sum in inference."""
    mixer = layers.mixer
    return (
        _declares_fast_path(mixer)
        and are_untouched(mixer)
        and does_nothing(layers.drop_path1)
        and does_nothing(mixer.proj_drop)
        and computing_dtype(x) == x.dtype  # otherwise the sum has another dtype than the branches
        and is_plain_norm(layers.norm1, x)
        and _is_plain_mixer(mixer, x)
        and _has_mixer_kernels(mixer, x)
    )


def _add_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute `x + drop_path2(mlp(norm2(x)))`; x may be overwritten."""
    if is_plain_mlp(layers.mlp, x, x.shape[-1]):
        fused = _train_mlp(layers, x) if torch.is_grad_enabled() else _infer_mlp(layers, x)
        if fused is not None:
            return fused
    return x + layers.drop_path2(layers.mlp(layers.norm2(x)))


def _train_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute `_add_mlp` without keeping the hidden activation, or return None."""
    dtype = computing_dtype(x)
    if not recomputing_pays(x.shape, dtype):
        return None
    y = feed_forward(layers.norm2(x).to(dtype), *_mlp_operands(layers.mlp, dtype))
    return x + layers.drop_path2(y)


def _infer_mlp(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute `_add_mlp` some rows at a time, or return None."""
    norm, dtype = layers.norm2, computing_dtype(x)
    if not is_plain_norm(norm, x) or not does_nothing(layers.drop_path2):
        return None
    native = dtype == x.dtype and _are_kernels_available(dtype)
    fc1, fc2 = _mlp_operands(layers.mlp, dtype)
    if torch.compiler.is_compiling():
        return registered.add_feed_forward(x, norm, fc1, fc2) if native else None
    add_ = kernels.add_feed_forward_ if native else add_feed_forward_
    return add_(x.contiguous(), norm, fc1, fc2)


def _mixer_kernels(
    layers: Any, x: torch.Tensor, norm: Any = None, residual: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute the mixer, or `residual + mixer(norm(x))`, by the kernels in `cyclemlp.ops.cpu`."""
    dtype = computing_dtype(x)
    parameters, x = _mixer_operands(layers, dtype, norm, residual), x.to(dtype)
    folded = kernels.folding_pays(x, layers.reweight is not None, layers.stepsize)
    run = registered.mixer if torch.compiler.is_compiling() else kernels.mixer
    return run(x, parameters, folded)


def _mixer_operands(
    layers: Any, dtype: torch.dtype, norm: Any, residual: torch.Tensor | None
) -> kernels.MixerLayers:
    """Return the operands of the mixer's kernel in a dtype."""
    reweight = layers.reweight
    return kernels.MixerLayers(
        width=_operands(layers.width, dtype),
        height=_operands(layers.height, dtype),
        channel=layers.channel.weight.to(dtype),
        reweight=reweight and _mlp_operands(reweight, dtype),
        proj=_operands(layers.proj, dtype),
        stepsize=layers.stepsize,
        phase=layers.phase,
        norm=norm,
        residual=residual,
    )


def _one_product(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute the mixer by one gathered operand, see `cyclemlp.ops.plain.mixing`."""
    dtype, scale = computing_dtype(x), None
    width, height = _operands(layers.width, dtype), _operands(layers.height, dtype)
    channel = layers.channel.weight.to(dtype)
    x = x.to(dtype)
    if layers.reweight is not None:
        x, moved, mean = branch_means(x, layers.stepsize, layers.phase)
        mean = F.linear(moved[0], *width) + F.linear(moved[1], *height) + mean @ channel.T
        scale = branch_weights(layers.reweight(mean)).transpose(0, 1).to(dtype)  # (B, 3, C)
    branches, proj = (width, height, channel), _operands(layers.proj, dtype)
    return mix(x, branches, scale, proj, layers.stepsize, layers.phase)


def _is_plain_mixer(layers: Any, x: torch.Tensor) -> bool:
    """Return whether branches and projection are the layers that `CycleMixer` creates."""
    parts = (layers.width, layers.height, layers.channel, layers.proj)
    return (
        have_types(parts, CycleFC, CycleFC, nn.Linear, nn.Linear)
        and (layers.width.stepsize, layers.width.phase) == ((1, layers.stepsize), layers.phase)
        and (layers.height.stepsize, layers.height.phase) == ((layers.stepsize, 1), layers.phase)
        and are_untouched(*parts)
        and suit(x, *parts)
        and all(has_shape(part, x.shape[3], x.shape[3]) for part in parts)
    )


def _has_mixer_kernels(layers: Any, x: torch.Tensor) -> bool:
    plain = layers.reweight is None or is_plain_mlp(layers.reweight, x, 3 * x.shape[3])
    return plain and _are_kernels_available(computing_dtype(x), layers.stepsize)


def _declares_fast_path(mixer: nn.Module) -> bool:
    """Return whether the class itself declares it: a subclass may compute another function."""
    return type(mixer).__dict__.get("has_fast_path", False)


def _are_kernels_available(dtype: torch.dtype, stepsize: int = 1) -> bool:
    """Return whether there are kernels for a dtype and stepsize, and `backend` permits them."""
    # asked here too, because compilers trace this function and guard what it reads
    return selected_backend() != "plain" and _has_cpu_kernels(dtype, stepsize)


@torch.compiler.assume_constant_result
def _has_cpu_kernels(dtype: torch.dtype, stepsize: int) -> bool:
    """Return whether this CPU has kernels for a dtype and stepsize; a constant for compilers."""
    return library.why_not(dtype, stepsize) is None


def _is_compiled_on_cpu(x: torch.Tensor) -> bool:
    """Return whether torch.compile traces this call for inference on the CPU, and may call kernels.

    Exported graphs are for other runtimes; autocast and derivatives need ordinary operators.
    """
    return (
        _COMPILES_KERNELS
        and torch.compiler.is_dynamo_compiling()
        and not torch.compiler.is_exporting()
        and not torch.is_grad_enabled()
        and x.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and forward_ad._current_level < 0  # kernels have no tangents
    )


def _operands(layer: Any, dtype: torch.dtype) -> Branch:
    """Return the weight and bias of a linear layer in a dtype."""
    bias = layer.bias
    return layer.weight.to(dtype), None if bias is None else bias.to(dtype)


def _mlp_operands(mlp: Mlp, dtype: torch.dtype) -> tuple[Branch, Branch]:
    return _operands(mlp.fc1, dtype), _operands(mlp.fc2, dtype)
