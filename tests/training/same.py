"""Compare the files of two runs bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

# It holds measured times; everything else in a checkpoint must be equal.
_CLOCK = "Clock"


def assert_same_run(one: Path, other: Path) -> None:
    """Assert that the runs' checkpoints, metrics and bundles are equal, except for times."""
    _assert_same(_checkpoint(one), _checkpoint(other), "last.ckpt")
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    weights = "bundle/model.safetensors"
    assert (one / weights).read_bytes() == (other / weights).read_bytes()


def _checkpoint(run: Path) -> dict[str, Any]:
    checkpoint = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    del checkpoint["callbacks"][_CLOCK]
    return checkpoint


def _assert_same(one: Any, other: Any, where: str) -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), where
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            _assert_same(one[key], other[key], f"{where}/{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            _assert_same(left, right, f"{where}/{index}")
    else:
        both_none = one != one and other != other  # metrics without samples are NaN
        assert one == other or both_none, where
