"""Exports of CycleMLP for every task; tracing and writing takes about a minute each."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from PIL import Image

from cyclemlp import runtime
from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.loading import load
from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task
from cyclemlp.verbs.export import export

from ..runtime.alike import assert_alike

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}
# 32 channels would be one value in each of the 32 groups of a norm on a map of one position
NARROW = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 64}
FOUND = {"channels": 32, "regions": 20}
CASES: dict[str, dict[str, Any]] = {
    "classify": {},
    "segment": {"decoder_args": NARROW},
    "detect": {"channels": 32},
    "detect, two stages": FOUND | {"detector": "faster_rcnn"},
    "instance": FOUND,
}
EVERY_CHANGE = [
    ("segment", "onnx"),
    ("detect", "onnx"),
    ("instance", "onnx"),
    ("instance", "openvino"),
    ("instance", "torch"),
]
FORMATS = ("onnx", "openvino", "torch", "aoti")
WEEKLY = [one for one in product(CASES, FORMATS) if one not in EVERY_CHANGE]
SIZES = [(32, 32), (97, 131), (224, 224), (333, 640)]


@pytest.mark.parametrize(
    ("case", "format"),
    [
        *(pytest.param(*one, marks=pytest.mark.slow) for one in EVERY_CHANGE),
        *(pytest.param(*one, marks=pytest.mark.weekly) for one in WEEKLY),
    ],
)
def test_every_task_in_every_format(case, format, tmp_path):
    _save_bundle(case, tmp_path / "bundle")
    result = export(str(tmp_path / "bundle"), [format], str(tmp_path / "out"))
    assert result.formats[format].check.difference < 2e-5
    if format in ("onnx", "openvino"):
        _assert_same_predictions(tmp_path)


@pytest.mark.parametrize(
    ("case", "formats"),
    [
        pytest.param("detect", ["onnx"], marks=pytest.mark.slow),
        pytest.param("instance", ["onnx", "openvino"], marks=pytest.mark.slow),
        pytest.param("detect", ["openvino", "torch", "aoti"], marks=pytest.mark.weekly),
        pytest.param("detect, two stages", ["onnx", "openvino"], marks=pytest.mark.weekly),
        pytest.param("instance", ["torch", "aoti"], marks=pytest.mark.weekly),
    ],
)
def test_detectors_as_one_graph(case, formats, tmp_path):
    _save_bundle(case, tmp_path / "bundle", noise=0.3)
    result = export(str(tmp_path / "bundle"), formats, str(tmp_path / "out"), nms=True)
    for name in formats:
        assert result.formats[name].check.difference < 2e-5
    if "onnx" in formats:
        _assert_same_predictions(tmp_path)


def _save_bundle(case, folder, noise=0.0):
    torch.manual_seed(0)
    task = create_task(case.partition(",")[0], ("disc", "square", "cross"), (), CASES[case])
    network = task.build("cyclemlp_nano", **TINY).eval()
    for parameter in network.parameters():
        if parameter.ndim == 1:  # scores and masks that vary
            parameter.data += noise * torch.randn_like(parameter)
    bundle = Bundle.from_task(network, task, "cyclemlp_nano", Preprocessing((64, 96)), TINY)
    bundle.save_pretrained(folder)


def _assert_same_predictions(folder):
    for size in SIZES:
        image = Image.fromarray(draw_scene(size, (1, 2)).pixels)
        ours = load(folder / "bundle")(image).to_dict()
        theirs = runtime.load(folder / "out")(image).to_dict()
        assert_alike(theirs, ours)
