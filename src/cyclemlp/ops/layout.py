"""Whether a tensor's memory can be read through a pointer."""

from __future__ import annotations

import torch

_TYPES = (torch.Tensor, torch.nn.Parameter)


def is_dense(*tensors: torch.Tensor | None) -> bool:
    """Return whether the memory of every tensor holds its values as they are.

    False for sparse tensors, for views with torch's negation or conjugation bit, such as
    `z.conj().imag`, and for subclasses, which may keep their values elsewhere. None is dense.
    """
    return all(
        t is None
        or (type(t) in _TYPES and t.layout is torch.strided and not t.is_neg() and not t.is_conj())
        for t in tensors
    )
