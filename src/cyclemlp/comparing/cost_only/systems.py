"""The models that the paper compares, at their published sizes."""

from __future__ import annotations

SYSTEMS = [
    *(f"cyclemlp_{size}" for size in ("b1", "b2", "b3", "b4", "b5")),
    *(f"as_mlp_{size}" for size in ("tiny", "small", "base")),
    *(f"swin_{size}_patch4_window7_224" for size in ("tiny", "small", "base")),
    "mixer_b16_224",
    *(f"resmlp_{depth}_224" for depth in (12, 24, 36)),
    *(f"gmlp_{size}16_224" for size in ("ti", "s", "b")),
]
SIZES = [64, 128, 224, 512, 1024]
