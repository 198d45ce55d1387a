"""Weights from one task's network into another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_model
from torch import nn

import cyclemlp  # noqa: F401  registers the models
from cyclemlp.models.weights.transfer import load_parts
from cyclemlp.tasks import create_task

from .. import released

TINY: dict[str, Any] = {"dims": [8, 16, 16, 24], "depths": [1, 1, 1, 1]}


def built(task: str, model: str = "cyclemlp_nano", classes: int = 3, **settings: Any) -> Any:
    names = [str(i) for i in range(classes)]
    made = create_task(task, names, settings=settings)
    network = made.build(model, **(TINY if model == "cyclemlp_nano" else {}))
    return network, made.backbone(network)


def saved(network: nn.Module, path: Path) -> Path:
    with torch.no_grad():
        for number, parameter in enumerate(network.parameters()):
            parameter.fill_(number + 1)
    save_model(network, str(path))
    return path


def filled(backbone: nn.Module) -> bool:
    return all(parameter.unique().numel() == 1 for parameter in backbone.parameters())


@pytest.mark.parametrize("source", ["classify", "segment", "detect", "instance"])
@pytest.mark.parametrize("target", ["segment", "detect", "instance"])
def test_every_task_lends_its_backbone_to_every_other(
    tmp_path: Path, source: str, target: str
) -> None:
    if source == target:
        return  # that is the whole network, below
    path = saved(built(source)[0], tmp_path / "weights.safetensors")
    network, backbone = built(target)
    report = load_parts(network, backbone, path)
    # classifiers have no norms of stages, RetinaNet none of stride 4
    assert all("stage_norms." in name for name in report.missing)
    assert len(report.missing) <= {"classify": 8, "detect": 2}.get(source, 0)
    assert len(report.loaded) + len(report.missing) == len(backbone.state_dict())
    parameters = dict(backbone.named_parameters())
    assert all(parameters[name].unique().numel() == 1 for name in report.loaded)
    others = [name for name in network.state_dict() if "stages" not in name]
    assert not set(others) & set(report.loaded)


@pytest.mark.parametrize(
    "model", ["resnet10t", "pvt_v2_b0", "mobilenetv3_small_100", "convnext_atto"]
)
def test_timm_classifiers_fill_their_own_features(tmp_path: Path, model: str) -> None:
    path = saved(timm.create_model(model, num_classes=7), tmp_path / "weights.safetensors")
    network, backbone = built("segment", model)
    report = load_parts(network, backbone, path)
    assert not report.missing
    assert report.unexpected
    assert filled(backbone)


def test_the_same_network_with_other_classes_starts_its_outputs_afresh(tmp_path: Path) -> None:
    path = saved(built("segment", classes=5)[0], tmp_path / "weights.safetensors")
    network, backbone = built("segment", classes=3)
    report = load_parts(network, backbone, path)
    assert list(report.adapted) == [
        "network.segmentation_head.0.weight",
        "network.segmentation_head.0.bias",
    ]
    assert len(report.loaded) == len(network.state_dict()) - 2
    assert filled(network.network.decoder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depths": [2, 1, 1, 1]}, r"missing model\.stages\.0\.blocks\.1"),
        ({"depths": [1, 1, 1, 1], "dims": [8, 16, 16, 32]}, r"stages\.3.* is \(24,"),
        ({"depths": [1, 1, 0, 1]}, r"unexpected stages\.2"),
    ],
)
def test_a_backbone_that_is_another_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    classifier = timm.create_model("cyclemlp_nano", num_classes=7, **TINY)
    path = saved(classifier, tmp_path / "weights.safetensors")
    task = create_task("segment", ["a", "b"])
    network = task.build("cyclemlp_nano", **(TINY | changes))
    with pytest.raises(ValueError, match=message):
        load_parts(network, task.backbone(network), path)


def test_a_released_file_gives_a_segmenter_the_released_features(tmp_path: Path) -> None:
    torch.save({"model": released.weights("B1")}, tmp_path / "b1.pth")
    task = create_task("segment", ["a", "b"])
    network = task.build("cyclemlp_b1")
    backbone = task.backbone(network)
    report = load_parts(network, backbone, tmp_path / "b1.pth")
    assert len(report.missing) == 8
    assert sorted(report.unexpected) == [
        "head.fc.bias",
        "head.fc.weight",
        "norm.bias",
        "norm.weight",
    ]
    size, digests = next(iter(released.FACTS["B1"]["features"].items()))
    height, width = map(int, size.split("x"))
    with torch.inference_mode():
        features = backbone.eval()(released.images(height, width))
    for feature, digest in zip(features, digests, strict=True):
        expected = torch.tensor(digest["samples"])
        torch.testing.assert_close(released.samples(feature), expected, atol=1e-4, rtol=0)


def test_a_released_file_of_another_stepsize_says_which(tmp_path: Path) -> None:
    torch.save(released.weights("B1", stepsize=7), tmp_path / "b1.pth")
    task = create_task("detect", ["a"])
    network = task.build("cyclemlp_b1")
    with pytest.raises(ValueError, match="stepsize=7"):
        load_parts(network, task.backbone(network), tmp_path / "b1.pth")
