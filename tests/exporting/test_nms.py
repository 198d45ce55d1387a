"""Detectors as one graph each, computed by torch, against torchvision's own selection of boxes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.ops import nms

from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting import check
from cyclemlp.exporting.agreement import object_differences, same_objects
from cyclemlp.exporting.check import Checker
from cyclemlp.exporting.formats.onnx_file import write_onnx
from cyclemlp.exporting.graph import traced
from cyclemlp.exporting.heads import exportable
from cyclemlp.exporting.part import AXES, Part, images_input
from cyclemlp.exporting.recording import torch_engine
from cyclemlp.exporting.result import Exported, ExportResult
from cyclemlp.runtime.decoding.objects import open_objects
from cyclemlp.runtime.engines.onnx_runtime import open_onnx
from cyclemlp.tasks import create_task
from cyclemlp.verbs.export import export

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}
FOUND: dict[str, Any] = {"channels": 32, "min_score": 0.01, "max_objects": 30}
SETTINGS: dict[str, dict[str, Any]] = {
    "detect": FOUND,
    "detect, two stages": FOUND | {"detector": "faster_rcnn", "regions": 20},
    "instance": FOUND | {"regions": 20},
}
CLASSES = tuple("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ")  # more than one row of `_apart`


@pytest.fixture(scope="module", params=SETTINGS)
def detector(request):
    torch.manual_seed(0)
    task = create_task(request.param.partition(",")[0], CLASSES, (), SETTINGS[request.param])
    network = task.build("cyclemlp_nano", **TINY).eval()
    for parameter in network.parameters():
        if parameter.ndim == 1:  # scores and masks that vary
            parameter.data += 0.3 * torch.randn_like(parameter)
    content = exportable(network, task, (64, 96), ("height", "width"), nms=True)
    engines = {name: torch_engine(part) for name, part in content.parts.items()}
    return network, task, content, engines


@pytest.mark.parametrize("size", [(20, 20), (97, 131), (64, 96)])
def test_the_graph_finds_what_torchvision_finds(detector, size):
    network, task, content, engines = detector
    images = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = task.infer(network, list(images))
    ours = [{name: values.numpy() for name, values in one.items()} for one in found]
    theirs = open_objects(engines, content.settings)(images.numpy())
    assert sum(len(one["scores"]) for one in ours) >= 10
    assert object_differences(ours, theirs).max() < 1e-5
    for one in theirs:
        assert ("masks" in one) == task.masks
        assert (np.diff(one["scores"]) <= 0).all()


def test_an_empty_result_has_shapes(detector):
    _, _, content, engines = detector
    raised = content.settings | {"min_score": 1.0}
    (found,) = open_objects(engines, raised)(np.zeros((1, 3, 32, 32), np.float32))
    assert found["boxes"].shape == (0, 4)
    assert found.get("masks", np.zeros((0, 1, 28, 28))).shape == (0, 1, 28, 28)


@pytest.mark.parametrize("limit", [{"min_score": 0.001}, {"max_objects": 31}, {"nms_iou": 0.4}])
def test_limits_that_the_graph_has_dropped_are_refused(detector, limit):
    _, _, content, engines = detector
    with pytest.raises(ValueError, match=r"exported with --nms and has min_score 0\.01.*without"):
        open_objects(engines, content.settings | limit)
    objects = open_objects(engines, content.settings)
    objects.settings |= limit
    with pytest.raises(ValueError, match=r"has min_score 0\.01, nms_iou 0\.5, max_objects 30"):
        objects(np.zeros((1, 3, 32, 32), np.float32))


@pytest.fixture
def checker(detector, monkeypatch):
    network, task, content, engines = detector

    def eager(images):
        with torch.inference_mode():
            return task.infer(network, list(torch.from_numpy(images)))

    monkeypatch.setattr(check, "_SECONDS", 0.0)
    images = Preprocessing((32, 48))
    settings = content.settings
    checker = Checker(engines, eager, task.name, settings, images, ("height",), 1, True)
    return checker, engines


@pytest.mark.parametrize("detector", ["detect"], indirect=True)
def test_the_objects_are_counted_and_compared(checker):
    checker, engines = checker
    found = checker.check(engines)
    assert found.objects > 20
    assert found.difference < 1e-4

    def fewer(images):
        return [one[::2] for one in engines["network"](images)]

    assert checker.check({"network": fewer}).difference > check.TOLERANCE
    exported = Exported("model.onnx", 1, found)
    lines = shown(exported)
    assert f"onnx: {found.objects} objects were compared" in lines
    assert "fixed in these files: batch 1, width 48" in lines
    assert not any("fixed in" in str(line) for line in shown(exported, tuple(AXES)))
    nothing = replace(exported, check=replace(found, objects=0))
    assert any("WARNING: nothing was found" in str(line) for line in shown(nothing))


def shown(one, dynamic=("height",)):
    return [*ExportResult(Path("out"), {"onnx": one}, dynamic, None).__rich_console__(None, None)]


def test_boxes_without_area_agree_by_their_places():
    one = {"boxes": np.full((1, 4), 7.0), "labels": np.zeros(1), "scores": np.ones(1)}
    assert same_objects([one], [one]) == 1
    assert same_objects([one], [one | {"boxes": one["boxes"] + 1}]) == 0


def objects(count, seed=0, moved=0.0):
    drawn = np.random.default_rng(seed)
    return {
        "boxes": 100 * drawn.random((count, 4)) + moved,
        "labels": np.arange(count),
        "scores": drawn.random(count),
        "masks": drawn.random((count, 1, 28, 28)),
    }


def test_differences_are_those_to_the_nearest_object():
    assert object_differences([objects(3)], [objects(3)]).tolist() == [0, 0, 0]
    shuffled = {name: values[[2, 0, 1]] for name, values in objects(3).items()}
    assert object_differences([objects(3)], [shuffled]).tolist() == [0, 0, 0]
    assert object_differences([objects(3)], [objects(3, moved=0.01)]) == pytest.approx(
        0.01 / objects(3)["boxes"].max()
    )
    for ours, theirs in ((0, 2), (2, 0)):
        differences = object_differences([objects(ours)], [objects(theirs)])
        assert differences.tolist() == [np.inf, np.inf]
    assert object_differences([], []).tolist() == []


class Selection(torch.nn.Module):
    """From an image, whose columns are boxes, to those that suppression keeps."""

    def forward(self, images):
        boxes = images[0, :, :, 0].T[:, [0, 1, 2, 2]].abs().cumsum(1)
        boxes = boxes[(boxes[:, 0] > 0.5).nonzero()[:, 0]]
        return boxes[nms(boxes, boxes[:, 0], 0.5)]


def test_a_graph_with_suppression_is_written_more_than_once(tmp_path):
    images = images_input((64, 96), ("height", "width"), 1)
    graph = traced(Part(Selection(), (images,), ("boxes",)))
    given = np.random.default_rng(0).standard_normal((1, 3, 20, 30)).astype(np.float32)
    for name in ("one.onnx", "two.onnx"):
        write_onnx(graph, tmp_path / name)
    (boxes,) = open_onnx(tmp_path / "two.onnx", 1)(given)
    expected = Selection()(torch.from_numpy(given)).numpy()
    assert 1 < len(boxes) < 20
    np.testing.assert_allclose(boxes, expected, rtol=1e-5)


def test_tasks_without_boxes_have_no_suppression(bundle_folder, tmp_path):
    with pytest.raises(ValueError, match="--nms is for detect and instance; classify has no boxes"):
        export(str(bundle_folder), nms=True, output=str(tmp_path / "out"))


def test_int8_and_suppression_exclude_each_other(bundle_folder, tmp_path):
    with pytest.raises(ValueError, match="--nms and --int8 exclude each other"):
        export(str(bundle_folder), nms=True, int8=True, calibrate=".", output=str(tmp_path / "out"))
