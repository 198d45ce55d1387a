"""Whether a call is observed by a compiler, transform or counter, which need ordinary operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor
from torch.autograd import forward_ad
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

from cyclemlp.ops.layout import is_dense

_functorch: Any = torch._C._functorch  # pyright: ignore[reportAttributeAccessIssue]
_DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def is_traced() -> bool:
    """Return whether this call is compiled, exported, traced or transformed."""
    # compilers first: for them, the answers below would become part of a graph
    return torch.compiler.is_compiling() or torch.jit.is_tracing() or is_transformed()


def is_transformed() -> bool:
    """Return whether torch.func or forward-mode differentiation is active.

    Both need ordinary operators: a custom operator would silently give no tangent.
    """
    return _functorch.peek_interpreter_stack() is not None or forward_ad._current_level >= 0


def is_gradient_watched() -> bool:
    """Return whether a backward formula has to consist of ordinary operators.

    True if its result is differentiated again (`create_graph=True`), transformed or counted.
    """
    return torch.is_grad_enabled() or is_transformed() or is_in_torch_dispatch_mode()


def gradients_in_operators(
    definition: Callable[..., torch.Tensor],
    inputs: Sequence[torch.Tensor],
    needs: Sequence[bool],
    grad: torch.Tensor,
) -> list[torch.Tensor | None]:
    """Compute the gradient of a definition in ordinary operators.

    Args:
        definition: from the inputs to the output.
        inputs: of the forward.
        needs: whether the gradient of each input is required.
        grad: of the output.

    Returns:
        The gradient of each input, or None.
    """
    again = torch.is_grad_enabled()
    with torch.enable_grad():
        # aliases, because one input may be computed from another: only the definition's own share
        # is returned, and autograd adds the rest
        aliases = [t.view_as(t) for t in inputs]
        wanted = [t.requires_grad_() for t, need in zip(aliases, needs, strict=True) if need]
        found = iter(torch.autograd.grad(definition(*aliases), wanted, grad, create_graph=again))
    return [next(found) if need else None for need in needs]


def is_wrapped(*tensors: torch.Tensor | None) -> bool:
    """Return whether a tensor is a subclass that implements operators, as quantized weights are.

    Such classes know ordinary operators only. Fake tensors know the registered ones.
    """
    known = (torch.Tensor, torch.nn.Parameter, FakeTensor)
    return any(tensor is not None and type(tensor) not in known for tensor in tensors)


def is_eager(x: torch.Tensor, *others: torch.Tensor | None) -> bool:
    """Return whether these are ordinary tensors on the CPU or a GPU and nothing observes the call.

    FLOP counters and fake tensors, which are dispatch modes, have to see the layers or operators.
    """
    return (
        not is_traced()  # first: the conditions below would become part of a graph
        and is_dense(x, *others)  # False for the proxies of symbolic tracing
        and x.device.type in ("cpu", "cuda")
        and x.dtype in _DTYPES
        and not is_in_torch_dispatch_mode()
    )


def is_eager_on_cpu(x: torch.Tensor) -> bool:
    """Return whether x is an ordinary tensor on the CPU, not empty, and nothing observes the call.

    False for float64 under autocast, which casts the weights but not x.
    """
    return (
        is_eager(x)
        and x.device.type == "cpu"
        and x.numel() > 0
        and not (x.dtype == torch.float64 and torch.is_autocast_enabled("cpu"))
    )
