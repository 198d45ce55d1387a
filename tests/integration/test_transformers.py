"""transformers' `TimmBackbone` over a CycleMLP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import TimmBackbone, TimmBackboneConfig

import cyclemlp  # noqa: F401  registers the models

STAGES = ["stages.0", "stages.1", "stages.2", "stages.3"]


@pytest.fixture
def image() -> torch.Tensor:
    return torch.randn(1, 3, 64, 96)


def _backbone(out_indices: list[int]) -> Any:  # transformers adds what it offers at run time
    config = TimmBackboneConfig(backbone="cyclemlp_nano")
    config.out_indices = out_indices
    return TimmBackbone(config).eval()


@pytest.mark.parametrize("indices", [[0, 1, 2, 3], [1, 3], [-1]])
def test_out_indices_choose_the_stages(image: torch.Tensor, indices: list[int]) -> None:
    backbone = _backbone(out_indices=indices)
    chosen = [STAGES[index] for index in indices]
    assert backbone.stage_names == STAGES
    assert backbone.out_features == chosen
    strides = [2 ** (2 + STAGES.index(name)) for name in chosen]
    maps = backbone(image).feature_maps
    assert [tuple(m.shape) for m in maps] == [
        (1, channels, 64 // stride, 96 // stride)
        for channels, stride in zip(backbone.channels, strides, strict=True)
    ]


def test_out_features_name_the_stages(image: torch.Tensor) -> None:
    config = TimmBackboneConfig(backbone="cyclemlp_nano")
    config.out_indices = [1, 2]  # transformers wants both, and that they agree
    config.out_features = ["stages.1", "stages.2"]
    backbone: Any = TimmBackbone(config).eval()
    assert backbone.out_features == ["stages.1", "stages.2"]
    assert [m.shape[1] for m in backbone(image).feature_maps] == backbone.channels


def test_saved_and_loaded_it_computes_the_same(image: torch.Tensor, tmp_path: Path) -> None:
    backbone = _backbone(out_indices=[1, 3])
    backbone.save_pretrained(tmp_path)
    config = TimmBackboneConfig.from_pretrained(tmp_path)
    assert config.backbone == "cyclemlp_nano"
    assert config.out_indices == [1, 3]
    again: Any = TimmBackbone(config).eval()
    assert not torch.equal(again(image).feature_maps[0], backbone(image).feature_maps[0])
    again.load_state_dict(load_file(tmp_path / "model.safetensors"))
    for before, after in zip(backbone(image).feature_maps, again(image).feature_maps, strict=True):
        torch.testing.assert_close(after, before, rtol=0, atol=0)
