"""What the authors' code computes, as facts: the layout of its files, and digests of its outputs.

`released.json` was made once with the authors' network on torchvision's `deform_conv2d`. Parameter
`name` of shape `s` holds `RandomState(crc32(name)).standard_normal(s)`, over `sqrt(prod(s[1:]))`
from two dimensions up, else `0.1 v`, plus 1 for weights; an image batch of (h, w) holds
`RandomState(10007 h + w).standard_normal((2, 3, h, w))`; samples are the 16 elements that
`RandomState(7).randint(0, size, 16)` picks.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
import torch

FACTS: dict[str, dict] = json.loads((Path(__file__).parent / "released.json").read_text())
VARIANTS = {  # dims, depths, MLP ratios: table 1 of the paper
    "B1": ((64, 128, 320, 512), (2, 2, 4, 2), (4, 4, 4, 4)),
    "B2": ((64, 128, 320, 512), (2, 3, 10, 3), (4, 4, 4, 4)),
    "B3": ((64, 128, 320, 512), (3, 4, 18, 3), (8, 8, 4, 4)),
    "B4": ((64, 128, 320, 512), (3, 8, 27, 3), (8, 8, 4, 4)),
    "B5": ((96, 192, 384, 768), (3, 4, 24, 3), (4, 4, 4, 4)),
}


def layout(variant: str) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a released file."""
    dims, depths, ratios = VARIANTS[variant]
    keys = _layer("patch_embed.proj", dims[0], 3, 7, 7)
    for stage, (c, depth, ratio) in enumerate(zip(dims, depths, ratios, strict=True)):
        if stage:
            keys |= _layer(f"network.{2 * stage - 1}.proj", c, dims[stage - 1], 3, 3)
        for block in range(depth):
            keys |= _block(f"network.{2 * stage}.{block}.", c, ratio)
    return keys | _layer("norm", dims[-1]) | _layer("head", 1000, dims[-1])


def _block(prefix: str, c: int, ratio: int) -> dict[str, tuple[int, ...]]:
    keys = _layer(prefix + "norm1", c) | _layer(prefix + "norm2", c)
    keys[prefix + "attn.mlp_c.weight"] = (c, c)
    for branch in ("sfc_h", "sfc_w"):
        keys |= _layer(f"{prefix}attn.{branch}", c, c, 1, 1)
        keys[f"{prefix}attn.{branch}.offset"] = (1, 2 * c, 1, 1)
    keys |= _layer(prefix + "attn.reweight.fc1", c // 4, c)
    keys |= _layer(prefix + "attn.reweight.fc2", 3 * c, c // 4)
    keys |= _layer(prefix + "attn.proj", c, c)
    return (
        keys | _layer(prefix + "mlp.fc1", ratio * c, c) | _layer(prefix + "mlp.fc2", c, ratio * c)
    )


def _layer(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def layout_digest(keys: dict[str, tuple[int, ...]]) -> str:
    lines = "\n".join(f"{name} {shape}" for name, shape in sorted(keys.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def weights(variant: str, stepsize: int = 3, phase: str = "released") -> dict[str, torch.Tensor]:
    """A file as the authors' code saves it, with reproducible values."""
    return {
        name: _offset(name, shape[1] // 2, stepsize, phase)
        if name.endswith("offset")
        else _values(name, shape)
        for name, shape in layout(variant).items()
    }


def _offset(name: str, channels: int, stepsize: int, phase: str) -> torch.Tensor:
    start = stepsize // 2 if phase == "released" else 0
    moves = (torch.arange(channels) + start) % stepsize - stepsize // 2
    offset = torch.zeros(channels, 2)
    offset[:, 1 if "sfc_h" in name else 0] = moves.float()  # sfc_h moves along the width
    return offset.reshape(1, -1, 1, 1)


def _values(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    values = values.astype(np.float32)
    if len(shape) > 1:
        values = values / np.sqrt(np.prod(shape[1:]))
    else:
        values = 0.1 * values + (1 if name.endswith("weight") else 0)
    return torch.from_numpy(values.astype(np.float32))


def images(height: int, width: int) -> torch.Tensor:
    generator = np.random.RandomState(height * 10007 + width)
    return torch.from_numpy(generator.standard_normal((2, 3, height, width)).astype(np.float32))


def samples(array: torch.Tensor) -> torch.Tensor:
    flat = array.detach().flatten()
    return flat[np.random.RandomState(7).randint(0, flat.numel(), 16)]
