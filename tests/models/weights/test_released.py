"""Files in the released format: what fits is loaded, and an error lists what does not."""

from __future__ import annotations

import pytest
import timm
import torch

import cyclemlp  # noqa: F401 - registers the models
from cyclemlp.models.weights.loading import load_weights

from .. import released


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
