"""The memory layout of tensors: whether a pointer can read it, and the order of the axes."""

import torch

_TYPES = (torch.Tensor, torch.nn.Parameter)


def is_strided(tensor: torch.Tensor | None) -> bool:
    """Return whether a tensor is an ordinary strided one. Compilers can trace this.

    False for sparse tensors and for subclasses, which may keep their values elsewhere.
    """
    return tensor is None or (type(tensor) in _TYPES and tensor.layout is torch.strided)


def is_dense(*tensors: torch.Tensor | None) -> bool:
    """Return whether the memory of every tensor holds exactly its values.

    False for tensors that are not strided, and for views with torch's negation or conjugation bit,
    such as `z.conj().imag`. None is dense.
    """
    return all(t is None or (is_strided(t) and not t.is_neg() and not t.is_conj()) for t in tensors)


def to_channels_first(x: torch.Tensor) -> torch.Tensor:
    """Permute `(B, H, W, C)` to `(B, C, H, W)` for a convolution, which reads it channels last.

    Exported graphs use contiguous memory: with channels last, torch chooses the memory format of
    the result by comparing sides with 1, which would add guards to the graph. Scriptable.
    """
    x = x.permute(0, 3, 1, 2)
    # nested, because TorchScript compiles both operands of `and`
    if not torch.jit.is_scripting():  # noqa: SIM102
        if torch.compiler.is_exporting():
            return x.clone(memory_format=torch.contiguous_format)
    return x.contiguous(memory_format=torch.channels_last)
