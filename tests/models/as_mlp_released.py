"""What AS-MLP's released code computes, as facts; made as `released.py` says."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from . import released

FACTS: dict[str, dict] = json.loads((Path(__file__).parent / "as_mlp.json").read_text())
VARIANTS = {"tiny": (96, (2, 2, 6, 2)), "small": (96, (2, 2, 18, 2))}
Layout = dict[str, tuple[int, ...]]


def layout(dim: int, depths: tuple[int, ...], num_classes: int = 1000) -> Layout:
    """Names and shapes of a released file."""
    keys = _layer("patch_embed.proj", dim, 3, 4, 4) | _layer("patch_embed.norm", dim)
    last = len(depths) - 1
    for stage, depth in enumerate(depths):
        c = dim * 2**stage
        for block in range(depth):
            keys |= _block(f"layers.{stage}.blocks.{block}.", c)
        if stage < last:
            keys |= _layer(f"layers.{stage}.downsample.norm", 4 * c)
            keys[f"layers.{stage}.downsample.reduction.weight"] = (2 * c, 4 * c, 1, 1)
    return keys | _layer("norm", dim * 2**last) | _layer("head", num_classes, dim * 2**last)


def _block(prefix: str, c: int) -> Layout:
    keys = _layer(prefix + "norm1", c) | _layer(prefix + "norm2", c)
    for name in ("conv1", "conv2_1", "conv2_2", "conv3"):
        keys |= _layer(f"{prefix}axial_shift.{name}", c, c, 1, 1)
    for name in ("norm1", "norm2"):
        keys |= _layer(f"{prefix}axial_shift.{name}", c)
    keys |= _layer(prefix + "mlp.fc1", 4 * c, c, 1, 1)
    return keys | _layer(prefix + "mlp.fc2", c, 4 * c, 1, 1)


def _layer(name: str, *shape: int) -> Layout:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def weights(layout: Layout) -> dict[str, torch.Tensor]:
    """A file as the authors' code saves it, with reproducible values."""
    return {name: released._values(name, shape) for name, shape in layout.items()}
