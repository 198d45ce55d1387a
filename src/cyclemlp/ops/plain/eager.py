"""Cycle FC in plain torch: shifted copies of channel groups and one matrix product."""

import torch
import torch.nn.functional as F


def shift(x: torch.Tensor, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """Shift every channel by its offset: `out[b, i, j, c] = x[b, i + δi, j + δj, c]`, 0 outside.

    Channels `r, r + P, r + 2P, …` share offset `r` of `P`. All channels are copied at once, then
    the shifted ones are overwritten by strided copies. On CPU this is faster than copying each
    group, chains of `where`, and concatenation. Scriptable.

    Args:
        x: `(B, H, W, C)`, any strides.
        offsets: one cycle of `(δi, δj)` pairs, see `period_offsets`.

    Returns:
        Contiguous `(B, H, W, C)`.
    """
    height, width, period = x.shape[1], x.shape[2], len(offsets)
    out = x.clone(memory_format=torch.contiguous_format)
    for r, (di, dj) in enumerate(offsets):
        if di == 0 and dj == 0:
            continue
        source, target = x[..., r::period], out[..., r::period]
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


def cycle_fc_eager(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    offsets: list[tuple[int, int]],
) -> torch.Tensor:
    """Shift, then the channel FC. Shapes as in `cycle_fc`; `offsets` as in `shift`."""
    if len(offsets) == 1:
        return F.linear(x, weight, bias)
    return F.linear(shift(x, offsets), weight, bias)


def cycle_fc_traced(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    offsets: list[tuple[int, int]],
) -> torch.Tensor:
    """Compute `cycle_fc_eager` without writes in place, for compilers and exporters.

    A shift is a zero pad on one side and a window of the original size; `where` selects among them
    by channel. All of it is pointwise, so compilers can fuse the shift with its neighbours.
    """
    height, width, period = x.shape[1], x.shape[2], len(offsets)
    # the remainder in floats, because inductor does not vectorize that of integers
    channel = torch.arange(x.shape[3], device=x.device, dtype=torch.float32)
    residue = channel - period * ((channel + 0.5) * (1 / period)).floor()
    moved = x
    for r, (di, dj) in enumerate(offsets):
        if di != 0 or dj != 0:
            pads = (0, 0, max(0, -dj), max(0, dj), max(0, -di), max(0, di))
            window = F.pad(x, pads).narrow(1, max(0, di), height).narrow(2, max(0, dj), width)
            # a copy, which compilers remove: the order of a view's strides would depend on
            # whether a side is 1, and add guards to an exported graph
            window = window.clone(memory_format=torch.contiguous_format)
            moved = torch.where(residue == r, window, moved)
    return F.linear(moved, weight, bias)
