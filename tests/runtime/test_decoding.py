"""The runtime's predictions, in NumPy, against those of `Predictor`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageChops

from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task
from cyclemlp.tasks.detection.prediction import DetectionPrediction

from .alike import assert_alike
from .torch_engines import runtime_predictor

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}
NARROW = {"decoder_pyramid_channels": 32, "decoder_segmentation_channels": 32}
FOUND = {"channels": 32, "min_score": 0.01, "max_objects": 30, "score_threshold": 0.01}
SETTINGS: dict[str, dict[str, Any]] = {
    "classify": {"top_k": 2},
    "segment": {"decoder_args": NARROW},
    "detect": FOUND,
    "detect, two stages": FOUND | {"detector": "faster_rcnn", "regions": 20},
    "instance": FOUND | {"regions": 20},
}
CLASSES = ("disc", "square", "triangle")


@pytest.fixture(scope="module", params=SETTINGS)
def predictors(request):
    torch.manual_seed(0)
    task = create_task(request.param.partition(",")[0], CLASSES, (), SETTINGS[request.param])
    network = task.build("cyclemlp_nano", **TINY).eval()
    for parameter in network.parameters():
        if parameter.ndim == 1:  # scores and masks that vary
            parameter.data += 0.1 * torch.randn_like(parameter)
    preprocessing = Preprocessing((64, 96), 0.9, "bilinear")
    predictor = Predictor(network, task, preprocessing)
    return predictor, runtime_predictor(network, task, preprocessing)


@pytest.fixture(scope="module")
def images():
    sizes = ((70, 90), (64, 96), (150, 61))
    return [Image.fromarray(draw_scene(size, (3, i)).pixels) for i, size in enumerate(sizes)]


def test_the_json_is_the_same(predictors, images):
    ours, theirs = (predictor(images) for predictor in predictors)
    for one, other in zip(ours, theirs, strict=True):
        assert_alike(other.to_dict(), one.to_dict())


def test_the_drawings_are_the_same(predictors, images):
    ours, theirs = (predictor(images[0]) for predictor in predictors)
    if isinstance(ours, DetectionPrediction):  # a coordinate may round to another pixel
        ours, theirs = rounded(ours), rounded(theirs)
    differences = np.asarray(ImageChops.difference(ours.draw(images[0]), theirs.draw(images[0])))
    assert (differences.max(2) > 3).mean() < 1e-3  # so may the edge of a mask


def rounded(prediction):
    return replace(prediction, boxes=np.round(prediction.boxes - 0.25) + 0.25)
