"""Weight files into classifiers, and what the report says of them."""

from __future__ import annotations

import pytest
import timm
import torch
from safetensors.torch import save_file

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.models.weights.loading import load_weights


def test_loading_reports_what_it_adapted(file, b1):
    network = timm.create_model("cyclemlp_b1", num_classes=3, in_chans=4)
    report = load_weights(network, file)
    assert set(report.adapted) == {"stem.conv.weight", "head.fc.weight", "head.fc.bias"}
    assert len(report.loaded) == len(network.state_dict()) - 3
    text = str(report)
    assert "3 classes here, 1000 classes in the file: not loaded" in text
    assert "from 3 to 4 input channels" in text
    assert torch.equal(network.get_parameter("norm.weight"), b1["norm.weight"])


@pytest.mark.parametrize("name", ["cyclemlp_nano", "resnet10t"])
def test_any_timm_models_own_weights_load(tmp_path, name):
    source = timm.create_model(name, num_classes=4)
    path = tmp_path / "model.safetensors"
    save_file(source.state_dict(), path)
    network = timm.create_model(name, num_classes=4)
    report = load_weights(network, path)
    assert len(report.loaded) == len(source.state_dict())
    for tensor_name, tensor in source.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[tensor_name]), tensor_name
