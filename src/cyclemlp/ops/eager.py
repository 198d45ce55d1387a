"""Cycle FC in plain torch: shifted copies of channel groups and one matrix product."""

import torch
import torch.nn.functional as F


def shift(x: torch.Tensor, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """Move every channel by its offset: `out[b, i, j, c] = x[b, i + δi, j + δj, c]`, 0 outside.

    Channels `r, r + P, r + 2P, …` share offset `r` of the `P` given, so `P` strided copies do it.
    Written through one preallocated result because strided writes were the fastest of the plain
    forms on CPU (against `where` chains and concatenation). Scriptable by TorchScript.

    Args:
        x: `(B, H, W, C)`, any strides.
        offsets: one cycle of `(δi, δj)` pairs, see `period_offsets`.

    Returns:
        Contiguous `(B, H, W, C)`.
    """
    height, width, period = x.shape[1], x.shape[2], len(offsets)
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for r, (di, dj) in enumerate(offsets):
        source, target = x[..., r::period], out[..., r::period]
        # rows and columns of the result whose source lies inside the image
        top, bottom = min(max(0, -di), height), max(height - max(0, di), 0)
        left, right = min(max(0, -dj), width), max(width - max(0, dj), 0)
        if bottom <= top or right <= left:
            target.zero_()
            continue
        target[:, :top].zero_()
        target[:, bottom:].zero_()
        target[:, :, :left].zero_()
        target[:, :, right:].zero_()
        target[:, top:bottom, left:right].copy_(
            source[:, top + di : bottom + di, left + dj : right + dj]
        )
    return out


def shift_adjoint(x: torch.Tensor, offsets: list[tuple[int, int]]) -> torch.Tensor:
    """Transpose of `shift`: with zeros outside the image, the move by the opposite offsets."""
    return shift(x, [(-di, -dj) for di, dj in offsets])


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
    """The same without writes in place, from operators every compiler and exporter knows.

    One zero-padded copy, one slice a distinct offset, and selects by channel: pointwise, so that a
    compiler fuses the whole shift into its neighbours, at dynamic sizes too.
    """
    period, channels = len(offsets), x.shape[3]
    height, width = x.shape[1], x.shape[2]
    pad_h = max([abs(di) for di, _ in offsets])
    pad_w = max([abs(dj) for _, dj in offsets])
    if pad_h == 0 and pad_w == 0:
        return F.linear(x, weight, bias)
    padded = F.pad(x, (0, 0, pad_w, pad_w, pad_h, pad_h))
    residue = torch.arange(channels, device=x.device) % period
    moved = x
    for r, (di, dj) in enumerate(offsets):
        if di != 0 or dj != 0:
            source = padded.narrow(1, pad_h + di, height).narrow(2, pad_w + dj, width)
            moved = torch.where(residue == r, source, moved)
    return F.linear(moved, weight, bias)
