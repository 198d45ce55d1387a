"""torch.export with sizes left open, from one image of 32x32 pixels."""

from __future__ import annotations

from typing import Any

import pytest
import timm
import torch
from torch.export import Dim
from torch.fx.experimental import _config as shapes

SIZES = [(32, 32), (33, 32), (32, 34), (35, 33), (64, 64), (97, 131), (224, 96)]
NAMES = ("cyclemlp_tiny", "cyclemlp_b1", "as_mlp_tiny")
CASES = [(name, False, name == "cyclemlp_b1") for name in NAMES]
CASES += [("cyclemlp_nano", strict, features) for strict in (False, True) for features in (0, 1)]


def _exported(network: Any, least: int, strict: bool) -> Any:
    dims = {0: Dim("batch", min=1, max=8)}
    dims |= {2: Dim("height", min=least, max=2048), 3: Dim("width", min=least, max=2048)}
    with torch.no_grad():
        program = torch.export.export(
            network, (torch.randn(2, 3, 97, 131),), dynamic_shapes=(dims,), strict=strict
        )
    return program.module()


def _assert_equal(program: Any, network: Any, sizes: list[tuple[int, int]]) -> None:
    for batch, (height, width) in enumerate(sizes):
        x = torch.randn(batch % 3 + 1, 3, height, width)
        with torch.no_grad():
            torch.testing.assert_close(program(x), network(x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("name", "strict", "features_only"), CASES)
def test_an_exported_network_takes_every_size_from_32(name, strict, features_only):
    """Under the setting of torch.onnx: without it, torch binds graphs to maps wider than 1."""
    small = {"dim": 32, "depths": (1, 1, 1, 1)} if name == "as_mlp_tiny" else {}
    network = timm.create_model(name, features_only=features_only, **small).eval()
    with shapes.patch(backed_size_oblivious=True):  # pyright: ignore[reportAttributeAccessIssue]
        program = _exported(network, 32, strict)
    _assert_equal(program, network, SIZES)


@pytest.mark.parametrize("strict", [False, True])
def test_with_the_settings_of_torch_export_it_takes_every_size_from_64(strict):
    network = timm.create_model("cyclemlp_nano").eval()
    _assert_equal(_exported(network, 64, strict), network, [(64, 64), (65, 97), (224, 96)])
