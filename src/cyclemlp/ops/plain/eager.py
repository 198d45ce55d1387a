"""A shift of channels and one matrix product, in plain torch."""

import torch
import torch.nn.functional as F


def shift(
    x: torch.Tensor,
    slices: list[tuple[int, int, int, int, int]],
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Shift slices of channels: `out[b, i, j, c] = x[b, i + δi, j + δj, c]`, 0 outside.

    All channels are copied at once, then the shifted ones are overwritten by strided copies. On CPU
    this is faster than copying each slice, chains of `where`, and concatenation. Scriptable.

    Args:
        x: `(B, H, W, C)`, any strides.
        slices: `(first, end, step, δi, δj)` of the channels that move, each channel in at most
            one; see `period_slices`.
        out: contiguous, of the shape of x; overwritten. None for a new tensor.

    Returns:
        Contiguous `(B, H, W, C)`.
    """
    height, width = x.shape[1], x.shape[2]
    if out is None:
        out = x.clone(memory_format=torch.contiguous_format)
    else:
        out.copy_(x)
    for first, end, step, di, dj in slices:
        source, target = x[..., first:end:step], out[..., first:end:step]
        # rows and columns of the result whose source is inside the image
        top, bottom = min(max(0, -di), height), max(height - max(0, di), 0)
        left, right = min(max(0, -dj), width), max(width - max(0, dj), 0)
        if bottom <= top or right <= left:
            target.zero_()
            continue
        # most edges are empty, and slicing them costs as much as a small copy
        if top > 0:
            target[:, :top].zero_()
        if bottom < height:
            target[:, bottom:].zero_()
        if left > 0:
            target[:, :, :left].zero_()
        if right < width:
            target[:, :, right:].zero_()
        target[:, top:bottom, left:right].copy_(
            source[:, top + di : bottom + di, left + dj : right + dj]
        )
    return out


def shift_fc_eager(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    slices: list[tuple[int, int, int, int, int]],
) -> torch.Tensor:
    """Shift, then the channel FC. Shapes as in `shift_fc`; `slices` as in `shift`."""
    if len(slices) == 0:
        return F.linear(x, weight, bias)
    return F.linear(shift(x, slices), weight, bias)


def shift_fc_traced(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    offsets: list[tuple[int, int]],
) -> torch.Tensor:
    """Compute `shift_fc_eager` without writes in place, for compilers and exporters.

    A shift is a zero pad on one side and a window of the original size; `where` selects among them
    by channel. All of it is pointwise, so compilers can fuse the shift with its neighbours.

    Args:
        x: `(B, H, W, C)`.
        weight: `(C_out, C)`.
        bias: `(C_out,)` or None.
        offsets: one period of `(δi, δj)` pairs; channel `c` uses entry `c % len(offsets)`.
    """
    height, width = x.shape[1], x.shape[2]
    kinds = list(dict.fromkeys(offsets))
    kind = _kind_of_channels(x, kinds, offsets)
    moved = x
    for r, (di, dj) in enumerate(kinds):
        if di != 0 or dj != 0:
            pads = (0, 0, max(0, -dj), max(0, dj), max(0, -di), max(0, di))
            window = F.pad(x, pads).narrow(1, max(0, di), height).narrow(2, max(0, dj), width)
            # a copy, which compilers remove: the order of a view's strides would depend on
            # whether a side is 1, and add guards to an exported graph
            window = window.clone(memory_format=torch.contiguous_format)
            moved = torch.where(kind == r, window, moved)
    return F.linear(moved, weight, bias)


def _kind_of_channels(
    x: torch.Tensor, kinds: list[tuple[int, int]], offsets: list[tuple[int, int]]
) -> torch.Tensor:
    """Return for each channel of x `(B, H, W, C)` the index of its offset in `kinds`."""
    period = len(offsets)
    if kinds != offsets:
        index = {offset: i for i, offset in enumerate(kinds)}
        every = [index[offsets[c % period]] for c in range(x.shape[3])]
        return torch.tensor(every, device=x.device, dtype=torch.float32)
    # the remainder in floats, because inductor does not vectorize that of integers
    channel = torch.arange(x.shape[3], device=x.device, dtype=torch.float32)
    return channel - period * ((channel + 0.5) * (1 / period)).floor()
