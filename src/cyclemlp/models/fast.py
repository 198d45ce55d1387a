"""The fused paths of a mixer and a block: when they apply, and the calls.

`mixer.py` and `block.py` define the layers. Each entry here returns the same result, or None if no
fused path applies. Exporters, tracers and counters always see the layers, and so do compilers if
there are no kernels.

`mixer` and `block` use the attributes that `CycleMixer` and `Block` have, and do not import them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.autograd import forward_ad

from cyclemlp.models.fast_mixer import (
    has_kernels,
    is_plain_mixer,
    mixer_operands,
    one_product,
    run_kernels,
)
from cyclemlp.models.fast_mlp import add_mlp
from cyclemlp.models.fast_operands import mlp_operands, planned
from cyclemlp.models.untouched import are_untouched, does_nothing, is_plain_mlp, is_plain_norm
from cyclemlp.ops.cpu import kernels
from cyclemlp.ops.plain.mixing import one_product_pays
from cyclemlp.ops.precision import computing_dtype
from cyclemlp.ops.releases import TRACES_STATE
from cyclemlp.ops.tracing import is_eager_on_cpu


def mixer(layers: Any, x: torch.Tensor) -> torch.Tensor | None:
    """Compute a `CycleMixer` in one call, or return None.

    Args:
        layers: the mixer.
        x: `(B, H, W, C)`.
    """
    if not is_eager_on_cpu(x) or not is_plain_mixer(layers, x):
        return None
    if not torch.is_grad_enabled() and has_kernels(layers, x):
        return layers.proj_drop(run_kernels(layers, x))
    if one_product_pays(x, summed=layers.reweight is None):
        return layers.proj_drop(one_product(layers, x))
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
    elif (y := planned(layers, x)) is not None:
        return y
    return add_mlp(layers, _add_mixer(layers, x))


def packed_kernels(
    layers: Any, x: torch.Tensor
) -> tuple[kernels.PackedMixer, kernels.PackedFeedForward] | None:
    """Return both kernels of a block for inputs such as x, with weights packed, or None.

    Args:
        layers: the block.
        x: `(B, H, W, C)`, of the dtype of the parameters.
    """
    mlp, drop = layers.mlp, layers.drop_path2
    if (
        _is_mixer_fused(layers, x)
        and is_plain_mlp(mlp, x, x.shape[-1])
        and is_plain_norm(layers.norm2, x)
        and does_nothing(drop)
    ):
        mixer = mixer_operands(layers.mixer, x.dtype, layers.norm1, None)
        packed = kernels.PackedFeedForward(layers.norm2, *mlp_operands(mlp, x.dtype))
        return kernels.PackedMixer(mixer), packed
    return None


def _add_mixer(layers: Any, x: torch.Tensor) -> torch.Tensor:
    """Compute `x + drop_path1(mixer(norm1(x)))`."""
    mixer, norm = layers.mixer, layers.norm1
    if not torch.is_grad_enabled() and _is_mixer_fused(layers, x):
        return run_kernels(mixer, x, norm, residual=x)
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
        and is_plain_mixer(mixer, x)
        and has_kernels(mixer, x)
    )


def _declares_fast_path(mixer: nn.Module) -> bool:
    """Return whether the class itself declares it: a subclass may compute another function."""
    return type(mixer).__dict__.get("has_fast_path", False)


def _is_compiled_on_cpu(x: torch.Tensor) -> bool:
    """Return whether torch.compile traces this call for inference on the CPU, and may call kernels.

    Exported graphs are for other runtimes; autocast and derivatives need ordinary operators.
    """
    return (
        TRACES_STATE
        and torch.compiler.is_dynamo_compiling()
        and not torch.compiler.is_exporting()
        and not torch.is_grad_enabled()
        and x.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and forward_ad._current_level < 0  # kernels have no tangents
    )
