"""Weight files that fit load loudly; those that do not are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.models.weights.released import load_weights, read_state_dict

from .. import released


@pytest.fixture(scope="module")
def b1() -> dict[str, torch.Tensor]:
    return released.weights("B1")


@pytest.fixture
def file(tmp_path: Path, b1) -> Path:
    path = tmp_path / "CycleMLP_B1.pth"
    torch.save({"model": b1}, path)
    return path


@pytest.mark.parametrize("phase", ["released", "paper"])
def test_other_offsets_say_what_to_build(tmp_path, phase):
    path = tmp_path / "seven.pth"
    torch.save(released.weights("B1", stepsize=7, phase=phase), path)
    with pytest.raises(ValueError, match=rf"Create the model with stepsize=7, phase='{phase}'"):
        load_weights(timm.create_model("cyclemlp_b1"), path)
    model = timm.create_model("cyclemlp_b1", stepsize=7, phase=phase)
    assert not load_weights(model, path).missing


def test_damaged_offsets_are_called_so(file, b1):
    name = "network.0.0.attn.sfc_w.offset"
    torch.save({**b1, name: torch.randint(-9, 9, b1[name].shape).float()}, file)
    with pytest.raises(ValueError, match=r"stages\.0\.blocks\.0\.mixer\.height.*file is damaged"):
        load_weights(timm.create_model("cyclemlp_b1"), file)


def test_what_does_not_fit_is_listed(file, b1):
    changed = dict(b1)
    del changed["norm.bias"]
    changed["extra"] = torch.ones(1)
    changed["network.0.0.mlp.fc1.weight"] = torch.ones(3, 64)
    torch.save(changed, file)
    with pytest.raises(ValueError, match="3 differ") as error:
        load_weights(timm.create_model("cyclemlp_b1"), file)
    for part in (
        str(file),
        "missing norm.bias",
        "unexpected extra",
        "stages.0.blocks.0.mlp.fc1.weight is (3, 64), the model's (256, 64)",
    ):
        assert part in str(error.value)


def test_timm_refuses_the_same_even_with_another_classifier(b1):
    changed = {name: tensor for name, tensor in b1.items() if name != "norm.bias"}
    with pytest.raises(ValueError, match=r"missing norm\.bias"):
        timm.create_model(
            "cyclemlp_b1",
            pretrained=True,
            num_classes=5,
            pretrained_cfg_overlay={"state_dict": changed},
        )


@pytest.mark.parametrize("name", ["cyclemlp_b2", "cyclemlp_tiny"])
def test_another_variants_file_is_refused(name, file):
    with pytest.raises(ValueError, match=r"Create the (variant|model) the file was saved from"):
        load_weights(timm.create_model(name), file)


def test_loading_reports_what_it_adapted(file, b1):
    network = timm.create_model("cyclemlp_b1", num_classes=3, in_chans=4)
    report = load_weights(network, file)
    assert set(report.adapted) == {"stem.conv.weight", "head.fc.weight", "head.fc.bias"}
    assert len(report.loaded) == len(network.state_dict()) - 3
    text = str(report)
    assert "3 classes here, 1000 classes in the file: starts afresh" in text
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


def test_unreadable_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no weight file at .*missing\.pth"):
        read_state_dict(tmp_path / "missing.pth")
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.safetensors").write_text("hello")
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    for name in ("text.pth", "text.safetensors", "empty.pth"):
        with pytest.raises(ValueError, match=rf"{name} could not be read"):
            read_state_dict(tmp_path / name)


class _Evil:
    def __reduce__(self):
        return print, ("a pickle ran",)


def test_pickled_code_is_never_run(tmp_path, capsys):
    torch.save({"model": {"weight": torch.ones(1)}, "args": _Evil()}, tmp_path / "evil.pth")
    with pytest.raises(
        ValueError, match=r"evil\.pth could not be read \(it holds more than tensors"
    ):
        read_state_dict(tmp_path / "evil.pth")
    assert "a pickle ran" not in capsys.readouterr().out
