"""timm and transformers with a CycleMLP: backbones, and folders as on the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import load_file
from timm.data import resolve_model_data_config
from timm.models import save_for_hf
from transformers import (
    AutoBackbone,
    TimmBackbone,
    TimmBackboneConfig,
    TimmWrapperForImageClassification,
    pipeline,
)

import cyclemlp
from cyclemlp.bundle.bundle import Bundle

from ..bundle.bundles import make_bundle

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


def test_auto_backbone_creates_one(image: torch.Tensor) -> None:
    config = TimmBackboneConfig(backbone="cyclemlp_nano", num_channels=3)
    config.out_indices = [1, 3]
    backbone: Any = AutoBackbone.from_config(config)
    assert isinstance(backbone, TimmBackbone)
    assert [tuple(m.shape[2:]) for m in backbone(image).feature_maps] == [(8, 12), (2, 3)]


TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}


@torch.no_grad()
def test_timm_saves_for_the_hub_and_loads_again(image: torch.Tensor, tmp_path: Path) -> None:
    network = timm.create_model("cyclemlp_nano", num_classes=3, **TINY).eval()
    save_for_hf(network, str(tmp_path), safe_serialization=True)
    again = timm.create_model(f"local-dir:{tmp_path}", pretrained=True).eval()
    assert torch.equal(again(image), network(image))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, str]:
    """A classifier's bundle, and its folder."""
    folder = tmp_path_factory.mktemp("hub") / "garden"
    bundle = make_bundle("cyclemlp_nano", **TINY)
    bundle.save_pretrained(folder)
    return bundle, str(folder)


@torch.no_grad()
def test_timm_loads_a_classifiers_bundle(
    image: torch.Tensor, classifier: tuple[Bundle, str]
) -> None:
    bundle, folder = classifier
    network = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    assert torch.equal(network(image), bundle.network(image))
    config = resolve_model_data_config(network)
    assert (config["input_size"], config["crop_pct"]) == ([3, 64, 64], 0.9)


@torch.no_grad()
def test_transformers_loads_a_classifiers_bundle(
    image: torch.Tensor, classifier: tuple[Bundle, str]
) -> None:
    bundle, folder = classifier
    network: Any = TimmWrapperForImageClassification.from_pretrained(folder).eval()
    assert torch.equal(network(pixel_values=image).logits, bundle.network(image))
    picture = Image.radial_gradient("L").convert("RGB").resize((80, 60))
    theirs: Any = pipeline("image-classification", folder)(picture)
    ours = cyclemlp.load(folder)(picture).to_dict()["top"]
    assert [one["label"] for one in theirs] == [one["label"] for one in ours]
    for one, other in zip(theirs, ours, strict=True):
        assert one["score"] == pytest.approx(other["probability"], abs=1e-5)
