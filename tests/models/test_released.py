"""The models compute what the released network computes, at every size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch.nn.functional import layer_norm
from torch.utils.flop_counter import FlopCounterMode

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.models.zoo import ZOO

from . import network, released


def _create(variant: str, weights: dict[str, torch.Tensor], **kwargs: Any) -> Any:
    overlay = {"state_dict": weights}
    model = timm.create_model(
        f"cyclemlp_{variant.lower()}", pretrained=True, pretrained_cfg_overlay=overlay, **kwargs
    )
    return model.eval()


@pytest.fixture(scope="module")
def b1() -> dict[str, torch.Tensor]:
    return released.weights("B1")


@pytest.mark.parametrize("variant", released.VARIANTS)
def test_the_layout_written_here_is_the_released_files(variant):
    digest = released.layout_digest(released.layout(variant))
    assert digest == released.FACTS[variant]["layout_sha256"]


@pytest.mark.parametrize("variant", released.VARIANTS)
def test_parameters_are_the_released_networks_exactly(variant):
    model = timm.create_model(f"cyclemlp_{variant.lower()}", device="meta")
    assert sum(p.numel() for p in model.parameters()) == released.FACTS[variant]["params"]


@pytest.mark.parametrize("name", ZOO)
def test_the_zoo_lists_the_sizes_the_models_have(name):
    model = timm.create_model(name, device="meta").eval()
    parameters = sum(p.numel() for p in model.parameters())
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, 3, 224, 224, device="meta"))
    assert parameters / 1e6 == pytest.approx(ZOO[name].params_m, abs=5.1e-4)
    assert counter.get_total_flops() / 2e9 == pytest.approx(ZOO[name].gmacs_224, abs=5.1e-3)


@pytest.mark.parametrize(
    ("name", "parameters", "gmacs"),
    [("cyclemlp_tiny", 28, 4.4), ("cyclemlp_small", 50, 8.5), ("cyclemlp_base", 88, 15.2)],
)
def test_the_derived_variants_round_to_the_published_sizes(name, parameters, gmacs):
    assert round(ZOO[name].params_m) == parameters
    assert round(ZOO[name].gmacs_224, 1) == gmacs


@pytest.mark.parametrize("size", [(224, 224), (192, 320)])
@pytest.mark.parametrize("variant", ["B1", pytest.param("B3", marks=pytest.mark.slow)])
def test_logits_and_features_have_the_released_digests(variant, size):
    weights, facts = released.weights(variant), released.FACTS[variant]
    key, images = f"{size[0]}x{size[1]}", released.images(*size)
    with torch.inference_mode():
        logits = _create(variant, weights)(images)
        features = _create(variant, weights, features_only=True)(images)
    _assert_digest(logits, facts["logits"][key])
    for feature, digest in zip(features, facts["features"][key], strict=True):
        assert list(feature.shape) == digest["shape"]
        _assert_digest(feature, digest)


def _assert_digest(array: torch.Tensor, digest: dict[str, Any]) -> None:
    expected = torch.tensor(digest["samples"], dtype=torch.float32)
    torch.testing.assert_close(released.samples(array), expected, atol=1e-4, rtol=0)
    values = array.double()
    assert values.mean().item() == pytest.approx(digest["mean"], abs=1e-4)
    assert values.std(correction=0).item() == pytest.approx(digest["std"], abs=1e-4)


@pytest.mark.parametrize("size", [(32, 32), (97, 131), (33, 64), (225, 226)])
def test_any_size_equals_the_released_network(b1, size):
    _assert_same_network(b1, size)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(3000, 500), (35, 1000)])
def test_large_sizes_equal_the_released_network(b1, size):
    _assert_same_network(b1, size)


def _assert_same_network(weights: dict[str, torch.Tensor], size: tuple[int, int]) -> None:
    images = released.images(*size)[:1]
    model, pyramid = _create("B1", weights), _create("B1", weights, features_only=True)
    with torch.inference_mode():
        expected = network.logits(weights, images)
        torch.testing.assert_close(model(images), expected, atol=1e-4, rtol=0)
        for ours, theirs in zip(pyramid(images), network.features(weights, images), strict=True):
            normalised = layer_norm(theirs.movedim(1, -1), theirs.shape[1:2]).movedim(-1, 1)
            torch.testing.assert_close(ours, normalised, atol=1e-4, rtol=0)


@pytest.mark.parametrize("nest", [None, "model", "state_dict", "model_ema"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_files_load_flat_or_nested(tmp_path: Path, b1, nest, prefix):
    path = tmp_path / "CycleMLP_B1.pth"
    named = {prefix + name: tensor for name, tensor in b1.items()}
    torch.save(named if nest is None else {nest: named, "epoch": 300}, path)
    model = timm.create_model(
        "cyclemlp_b1", pretrained=True, pretrained_cfg_overlay={"file": str(path)}
    )
    weight = model.get_parameter("stages.2.blocks.3.mixer.width.weight")
    assert torch.equal(weight, b1["network.4.3.attn.sfc_h.weight"][:, :, 0, 0])


def test_the_releases_url_goes_the_same_way(monkeypatch, b1):
    asked: list[str] = []

    def download(url: str, **kwargs: Any) -> dict[str, Any]:
        asked.append(url)
        return {"model": b1}

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_url", download)
    model = timm.create_model("cyclemlp_b1", pretrained=True)
    assert asked == [
        "https://github.com/ShoufaChen/CycleMLP/releases/download/v0.1/CycleMLP_B1.pth"
    ]
    assert torch.equal(model.get_parameter("head.fc.bias"), b1["head.bias"])


def test_another_classifier_and_other_channels_adapt_as_timm_does(b1):
    model = _create("B1", b1, num_classes=7, in_chans=1)
    assert model(torch.randn(1, 1, 32, 32)).shape == (1, 7)
    stem = b1["patch_embed.proj.weight"].sum(1, keepdim=True)
    torch.testing.assert_close(model.stem.conv.weight, stem)
    assert torch.equal(model.norm.weight, b1["norm.weight"])
