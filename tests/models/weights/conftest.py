"""Weights of B1 in the released format."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from .. import released


@pytest.fixture(scope="session")
def b1() -> dict[str, torch.Tensor]:
    """Tensors by the released code's names; tests that change them copy the dict."""
    return released.weights("B1")


@pytest.fixture
def file(tmp_path: Path, b1: dict[str, torch.Tensor]) -> Path:
    """The weights as the authors' file holds them."""
    path = tmp_path / "CycleMLP_B1.pth"
    torch.save({"model": b1}, path)
    return path
