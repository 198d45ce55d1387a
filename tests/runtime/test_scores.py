"""The scores of exported detectors are those of their bundles."""

import json
from typing import Any

import pytest
import torch

from cyclemlp.bundle.evaluation.scoring import score_at
from cyclemlp.bundle.exported import as_module
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.data.generated.shapes import SHAPES
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting.heads import exportable
from cyclemlp.exporting.recording import torch_engine
from cyclemlp.tasks import create_task

from .torch_engines import AXES

TINY: dict[str, Any] = {"dims": (8, 16, 16, 24), "depths": (1, 1, 1, 1)}
FOUND: dict[str, Any] = {"channels": 32, "min_score": 0.01, "max_objects": 30}
IMAGES = Preprocessing((64, 96))


def detector(name, settings):
    """Return a task and a network whose scores differ: ties would be decided by rounding."""
    torch.manual_seed(1)
    task = create_task(name, tuple(SHAPES), (), FOUND | settings)
    network = task.build("cyclemlp_nano", **TINY).eval()
    for part, parameter in network.named_parameters():
        if parameter.ndim == 1:
            parameter.data += 0.3 * torch.randn_like(parameter)
        elif "head" in part:
            parameter.data = 0.1 * torch.randn_like(parameter)
    return task, network


def annotate_found(root, task, network):
    """Replace the objects of a data set by every second one that a network finds."""
    predictor, file = Predictor(network, task, IMAGES), root / "instances_val.json"
    content = json.loads(file.read_text())
    numbers = {one["name"]: one["id"] for one in content["categories"]}
    content["annotations"] = []
    for image in content["images"]:
        found: Any = predictor(str(root / "images/val" / image["file_name"]))
        for one in [*found.objects()][::2]:
            left, top, right, bottom = one["box"]
            about = {"image_id": image["id"], "category_id": numbers[one["label"]], "iscrowd": 0}
            about |= {"id": len(content["annotations"]) + 1, "area": 9}
            about |= {"segmentation": one["mask"]} if "mask" in one else {}
            if min(right - left, bottom - top) > 1:
                content["annotations"].append(
                    about | {"bbox": [left + 1, top, right - left, bottom - top]}
                )
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("detect", {}),
        ("detect", {"detector": "faster_rcnn", "regions": 20}),
        ("instance", {"regions": 20}),
    ],
)
def test_scores_are_the_same(name, settings, tmp_path):
    task, network = detector(name, settings)
    write_scenes(tmp_path, train=1, val=3, size=(64, 96))
    annotate_found(tmp_path, task, network)
    content = exportable(network, task, IMAGES.image_size, AXES)
    engines = {part: torch_engine(one) for part, one in content.parts.items()}
    exported = as_module(name, engines, content.settings)
    split = task.open(str(tmp_path), "val", task.classes)
    ours, theirs = (
        score_at(one, task, IMAGES, split, None, 0).figures for one in (network, exported)
    )
    assert 0 < ours[task.headline] < 1
    assert theirs == pytest.approx(ours, abs=1e-4, nan_ok=True)
