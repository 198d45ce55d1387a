"""Whether a tensor's memory can be read through a pointer."""

from __future__ import annotations

import torch

_TYPES = (torch.Tensor, torch.nn.Parameter)


def is_strided(tensor: torch.Tensor | None) -> bool:
    """Return whether a tensor is an ordinary one, which a compiler may ask too.

    False for sparse tensors and for subclasses, which may keep their values elsewhere.
    """
    return tensor is None or (type(tensor) in _TYPES and tensor.layout is torch.strided)


def is_dense(*tensors: torch.Tensor | None) -> bool:
    """Return whether the memory of every tensor holds its values as they are.

    False for what is not strided, and for views with torch's negation or conjugation bit, such as
    `z.conj().imag`. None is dense.
    """
    return all(t is None or (is_strided(t) and not t.is_neg() and not t.is_conj()) for t in tensors)
