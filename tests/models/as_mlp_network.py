"""AS-MLP written a second time, plainly, to compare ours with at any size and in speed.

Functional and NCHW, straight from a released file's names: 1×1 convolutions, and a shift by
padding, rolling chunks of channels and cutting the padding off.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

Weights = dict[str, torch.Tensor]


def features(w: Weights, images: torch.Tensor, shift_size: int = 5) -> list[torch.Tensor]:
    """The four stages' outputs before merging, NCHW."""
    x = _norm(w, "patch_embed.norm", _conv(w, "patch_embed.proj", images, stride=4))
    stages = []
    for stage in range(4):
        if stage:
            x = _merge(w, f"layers.{stage - 1}.downsample.", x)
        block = 0
        while f"layers.{stage}.blocks.{block}.norm1.weight" in w:
            x = _block(w, f"layers.{stage}.blocks.{block}.", x, shift_size)
            block += 1
        stages.append(x)
    return stages


def logits(w: Weights, images: torch.Tensor) -> torch.Tensor:
    x = _norm(w, "norm", features(w, images)[-1])
    return F.linear(x.mean((2, 3)), w["head.weight"], w["head.bias"])


def _block(w: Weights, prefix: str, x: torch.Tensor, shift_size: int) -> torch.Tensor:
    y = _norm(w, prefix + "norm1", x)
    y = F.gelu(_norm(w, prefix + "axial_shift.norm1", _conv(w, prefix + "axial_shift.conv1", y)))
    across = F.gelu(_conv(w, prefix + "axial_shift.conv2_1", shift(y, shift_size, 3)))
    down = F.gelu(_conv(w, prefix + "axial_shift.conv2_2", shift(y, shift_size, 2)))
    y = _norm(w, prefix + "axial_shift.norm2", across + down)
    x = x + _conv(w, prefix + "axial_shift.conv3", y)
    y = F.gelu(_conv(w, prefix + "mlp.fc1", _norm(w, prefix + "norm2", x)))
    return x + _conv(w, prefix + "mlp.fc2", y)


def shift(x: torch.Tensor, shift_size: int, axis: int) -> torch.Tensor:
    """Shift groups of channels along an axis of NCHW, zero outside."""
    pad, height, width = shift_size // 2, x.shape[2], x.shape[3]
    padded = F.pad(x, (pad, pad, pad, pad))
    groups = enumerate(padded.chunk(shift_size, 1))
    moved = torch.cat([torch.roll(chunk, g - pad, axis) for g, chunk in groups], 1)
    return moved.narrow(2, pad, height).narrow(3, pad, width)


def _merge(w: Weights, prefix: str, x: torch.Tensor) -> torch.Tensor:
    x = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))
    corners = [x[:, :, i::2, j::2] for j in (0, 1) for i in (0, 1)]
    return _conv(w, prefix + "reduction", _norm(w, prefix + "norm", torch.cat(corners, 1)))


def _norm(w: Weights, name: str, x: torch.Tensor) -> torch.Tensor:
    return F.group_norm(x, 1, w[f"{name}.weight"], w[f"{name}.bias"])


def _conv(w: Weights, name: str, x: torch.Tensor, stride: int = 1) -> torch.Tensor:
    return F.conv2d(x, w[f"{name}.weight"], w.get(f"{name}.bias"), stride)
