"""Whether a call may skip the layers and operators that compilers, counters and tracers look at."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import is_in_torch_dispatch_mode

_functorch: Any = torch._C._functorch  # pyright: ignore[reportAttributeAccessIssue]
_DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def is_eager_on_cpu(x: object) -> bool:
    """Whether x is a plain tensor on the CPU, with something in it, that nobody is tracing."""
    return (
        not torch.compiler.is_compiling()  # first: what follows would make sizes part of a graph
        and type(x) is torch.Tensor
        and x.device.type == "cpu"
        and x.dtype in _DTYPES
        and x.numel() > 0
        and not torch.jit.is_tracing()
        and not is_in_torch_dispatch_mode()  # FLOP counters, fake tensors: they see the layers
        and _functorch.peek_interpreter_stack() is None  # vmap and the like
        and not (torch.is_autocast_enabled("cpu") and x.dtype == torch.float64)
    )
