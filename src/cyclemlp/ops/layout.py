"""The memory of tensors: whether it can be read through a pointer, and in which order it lies."""

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


def to_channels_first(x: torch.Tensor) -> torch.Tensor:
    """Permute `(B, H, W, C)` to `(B, C, H, W)` for a convolution, which reads it channels last.

    An exported graph gets plain memory: with channels last, torch decides on the memory format of
    the result by asking whether a side is 1, and would bind the graph to the answer. Scriptable.
    """
    x = x.permute(0, 3, 1, 2)
    # nested, because TorchScript compiles the second question if both stand in one line
    if not torch.jit.is_scripting():  # noqa: SIM102
        if torch.compiler.is_exporting():
            return x.clone(memory_format=torch.contiguous_format)
    return x.contiguous(memory_format=torch.channels_last)
