import pytest
import torch
from rich.console import Console

import cyclemlp  # noqa: F401  # registers the models
from cyclemlp.models.zoo import ZOO
from cyclemlp.verbs.info import info
from cyclemlp.verbs.models import models


def test_the_counts_equal_those_of_hooks():
    found = info("resnet10t", 64)
    network = __import__("timm").create_model("resnet10t")
    assert found.parameters == sum(p.numel() for p in network.parameters())
    macs, elements = 0, 0

    def count(module, inputs, output):
        nonlocal macs, elements
        elements += output.numel()
        macs += output.numel() * module.weight[0].numel()

    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.register_forward_hook(count)
    network.eval()(torch.zeros(1, 3, 64, 64))
    assert found.gmacs * 1e9 == pytest.approx(macs)
    assert found.activations_m * 1e6 == pytest.approx(elements)


def test_the_counts_equal_the_published_ones():
    found, published = info("cyclemlp_b1"), ZOO["cyclemlp_b1"]
    assert found.gmacs == pytest.approx(published.gmacs_224, rel=0.01)
    assert found.parameters / 1e6 == pytest.approx(published.params_m, abs=0.001)


def test_the_feature_pyramid():
    pyramid = info("cyclemlp_b1", 96).pyramid
    assert [level.channels for level in pyramid] == [64, 128, 320, 512]
    assert [level.stride for level in pyramid] == [4, 8, 16, 32]
    assert [level.size for level in pyramid] == [(24, 24), (12, 12), (6, 6), (3, 3)]


def test_channels_last_features_have_a_pyramid():
    pyramid = info("test_vit", 160).pyramid
    assert {level.size for level in pyramid} == {(10, 10)}


def test_the_state_of_the_cpu_kernels_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr("shutil.which", lambda name: None)
    found = info("resnet10t", 64)
    assert [state.dtype for state in found.cpu_kernels] == ["float32", "float64", "bfloat16"]
    assert {state.state for state in found.cpu_kernels} == {"not available"}
    console = Console(width=200)
    with console.capture() as capture:
        console.print(found)
    assert "CPU kernels  float32 not available; " in capture.get()
    assert found.to_dict()["cpu_kernels"][0]["reason"]


def test_a_size_that_the_model_does_not_take_is_refused():
    with pytest.raises(ValueError, match=r"this network does not take 96 × 96 images: .*224"):
        info("vit_tiny_patch16_224", 96)


def test_a_size_below_one_is_refused():
    with pytest.raises(ValueError, match="--image-size must be at least 1, got 0"):
        info("resnet10t", 0)


def test_models_lists_all_models_with_sources():
    listed = models().to_dict()["models"]
    assert [entry["name"] for entry in listed] == list(ZOO)
    assert all(entry["source"] for entry in listed)
