"""transformers' `TimmBackbone` over a CycleMLP."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file
from transformers import TimmBackbone, TimmBackboneConfig

import cyclemlp  # noqa: F401  registers the models

STAGES = ["stages.0", "stages.1", "stages.2", "stages.3"]


@pytest.fixture
def image() -> torch.Tensor:
    return torch.randn(1, 3, 64, 96)


def _backbone(**settings: object) -> TimmBackbone:
    return TimmBackbone(TimmBackboneConfig(backbone="cyclemlp_nano", **settings)).eval()


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
    backbone = _backbone(out_indices=[0, 1, 2, 3])
    backbone.out_features = ["stages.1", "stages.2"]
    assert backbone.out_indices == [1, 2]
    assert (
        backbone.channels
        == timm.create_model(
            "cyclemlp_nano", features_only=True, out_indices=(1, 2)
        ).feature_info.channels()
    )


def test_saved_and_loaded_it_computes_the_same(image: torch.Tensor, tmp_path: Path) -> None:
    backbone = _backbone(out_indices=[1, 3])
    backbone.save_pretrained(tmp_path)
    config = TimmBackboneConfig.from_pretrained(tmp_path)
    assert config.backbone == "cyclemlp_nano"
    assert config.out_indices == [1, 3]
    again = TimmBackbone(config).eval()
    assert not torch.equal(again(image).feature_maps[0], backbone(image).feature_maps[0])
    again.load_state_dict(load_file(tmp_path / "model.safetensors"))
    for before, after in zip(backbone(image).feature_maps, again(image).feature_maps, strict=True):
        torch.testing.assert_close(after, before, rtol=0, atol=0)
