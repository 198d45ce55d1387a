"""Which kernels calls may use, for comparisons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

import torch

from cyclemlp.ops.releases import TRACES_STATE

BackendName = Literal["auto", "plain", "avx2"]
_NAMES: tuple[BackendName, ...] = get_args(BackendName)

_selected: ContextVar[BackendName] = ContextVar("cyclemlp_backend", default="auto")


@contextmanager
def backend(name: BackendName) -> Iterator[None]:
    """Restrict the kernels that calls within this context use, to compare them.

    It applies to the operator and to the fused paths of the networks, in the current thread or
    asyncio task. Gradients on a GPU are computed in threads of autograd, outside of it. Compiled
    functions are compiled again for another choice; before torch 2.15, they keep that of their
    first call.

    Args:
        name: `"plain"` uses ordinary torch operators alone, without kernels in C and Triton;
            `"avx2"` uses no kernels in C for wider instruction sets (torch's own operators are not
            restricted); `"auto"` is the default, the fastest of all.

    Raises:
        ValueError: there is no such choice.

    Example:
        >>> with backend("plain"):
        ...     y = cycle_fc(x, weight)  # doctest: +SKIP
    """
    if name not in _NAMES:
        raise ValueError(f"backend takes one of {', '.join(map(repr, _NAMES))}; got {name!r}")
    token = _selected.set(name)
    try:
        yield
    finally:
        _selected.reset(token)


def selected_backend() -> BackendName:
    """Return the choice of the enclosing `backend`, also while a compiler traces the call."""
    if TRACES_STATE or not torch.compiler.is_compiling():
        return _selected.get()
    return _untraced()


@torch.compiler.assume_constant_result
def _untraced() -> BackendName:
    return _selected.get()
