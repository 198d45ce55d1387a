"""Predictions of objects: at the original size, in files, on pictures."""

import json
import sys
from typing import Any

import numpy as np
import pytest
import torch
from faster_coco_eval import COCO, COCOeval_faster
from faster_coco_eval import mask as coco_mask
from PIL import Image
from torchvision.models.detection.roi_heads import paste_masks_in_image

from cyclemlp.tasks.detection.coco_file import CocoFile
from cyclemlp.tasks.detection.masks import Patch, pasted
from cyclemlp.tasks.detection.prediction import DetectionPrediction, Look
from cyclemlp.tasks.detection.task import Detection

LOOK = Look(("ant", "bee"), ((200, 30, 30), (30, 200, 30)))


def prediction(size=(100, 200), masks=True, shown_score=0.5) -> Any:
    """A bee of 0.9 and an ant of 0.3, found at half the size."""
    found = {
        "boxes": torch.tensor([[10.0, 5, 50, 45], [60, 0, 100, 20]]),
        "labels": torch.tensor([1, 0]),
        "scores": torch.tensor([0.9, 0.3]),
        "size": torch.tensor([50, 100]),
    }
    if masks:
        found["masks"] = torch.ones(2, 1, 28, 28)
    return DetectionPrediction.of(found, size, LOOK._replace(shown_score=shown_score))


def test_boxes_and_masks_are_at_the_original_size():
    made = prediction()
    assert made.boxes.tolist() == [[20, 10, 100, 90], [120, 0, 200, 40]]
    for mask, (left, top, right, bottom) in zip(made.masks, made.boxes, strict=True):
        whole = mask.on((100, 200))
        assert whole.shape == (100, 200)
        box = np.zeros((100, 200), bool)
        box[int(top) : int(bottom), int(left) : int(right)] = True
        assert (whole & box).sum() / (whole | box).sum() > 0.9
        assert mask.area == whole.sum()
    content = made.to_dict()
    assert [entry["label"] for entry in content["objects"]] == ["bee", "ant"]
    assert content["objects"][0]["score"] == pytest.approx(0.9)
    for entry, mask in zip(content["objects"], made.masks, strict=True):
        decoded = coco_mask.decode(entry["mask"])
        assert np.array_equal(decoded.astype(bool), mask.on((100, 200)))


def test_words_count_what_is_shown():
    assert str(prediction()) == "1 bee"
    assert str(prediction(shown_score=0.2)) == "1 bee, 1 ant"
    assert str(prediction(shown_score=0.95)) == "nothing"


def test_a_pasted_mask_is_torchvisions():
    size = (70, 90)
    for _ in range(40):
        corner = torch.rand(2) * torch.tensor([80.0, 60.0])
        end = torch.minimum(corner + 1 + torch.rand(2) * 60, torch.tensor([90.0, 70.0]))
        box = torch.cat([corner, end]).double()
        probabilities = torch.rand(1, 28, 28)
        whole = paste_masks_in_image(probabilities[None], box[None], size)[0, 0] > 0.5
        assert np.array_equal(pasted(probabilities, box, size).on(size), whole.numpy())


def test_a_patch_of_nothing_is_empty():
    patch = Patch.of(np.zeros((5, 6), bool))
    assert patch.area == 0
    assert not patch.on((5, 6)).any()
    assert coco_mask.area(patch.run_lengths((5, 6))) == 0


def test_masks_in_json_need_the_train_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'cyclemlp\[train\]'"):
        prediction().to_dict()
    assert len(prediction(masks=False).to_dict()["objects"]) == 2


@pytest.mark.parametrize("size", [(1, 1), (24, 30), (480, 640), (40, 1500), (1500, 40)])
@pytest.mark.parametrize("masks", [True, False])
def test_drawing_keeps_the_picture_and_stays_in_it(size, masks):
    image = Image.new("RGB", (size[1], size[0]), (90, 90, 90))
    made = prediction(size, masks, shown_score=0.0)
    drawn = made.draw(image)
    factor = drawn.width // image.width
    assert (drawn.width, drawn.height) == (image.width * factor, image.height * factor)
    assert drawn.width >= 160 or drawn.width == size[1]
    colors = {color for _, color in drawn.getcolors(drawn.width * drawn.height)}
    assert LOOK.colors[1] in colors or LOOK.colors[0] in colors
    assert image.getcolors() == [(size[0] * size[1], (90, 90, 90))]


def test_labels_are_readable_at_every_edge():
    """A label has its plate, and ink on it, wherever the box lies."""
    for box in ([0, 0, 20, 20], [380, 0, 400, 20], [0, 280, 30, 300], [370, 290, 400, 300]):
        found = {
            "boxes": torch.tensor([box], dtype=torch.float32),
            "labels": torch.tensor([0]),
            "scores": torch.tensor([1.0]),
            "size": torch.tensor([300, 400]),
        }
        drawn = DetectionPrediction.of(found, (300, 400), LOOK).draw(Image.new("RGB", (400, 300)))
        pixels = np.asarray(drawn)
        assert (pixels == LOOK.colors[0]).all(2).sum() > 200
        assert (pixels.min(2) > 150).sum() > 20


def test_the_truth_leaves_crowds_out():
    target = {
        "boxes": torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]]),
        "labels": torch.tensor([1, 0]),
        "iscrowd": torch.tensor([0, 1]),
        "size": (10, 10),
    }
    truth = Detection(("ant", "bee")).truth(target)
    assert str(truth) == "1 bee"
    assert truth.to_dict()["objects"] == [{"label": "bee", "box": [1.0, 2.0, 3.0, 4.0]}]


@pytest.mark.parametrize("masks", [True, False])
def test_the_gathered_file_is_cocos(tmp_path, masks):
    """It opens, and its results, judged against themselves, are perfect."""
    gathering = CocoFile(LOOK.classes, (7, 90))
    gathering.add("a.png", prediction(masks=masks))
    gathering.add("b.png", prediction((50, 60), masks=masks))
    content = json.loads(gathering.write(tmp_path).read_text())
    assert content["categories"] == [{"id": 7, "name": "ant"}, {"id": 90, "name": "bee"}]
    assert [image["file_name"] for image in content["images"]] == ["a.png", "b.png"]
    first = content["annotations"][0]
    assert (first["category_id"], first["bbox"]) == (90, [20, 10, 80, 80])
    truth = COCO(str(tmp_path / "coco.json"))
    for kind in ("bbox", "segm") if masks else ("bbox",):
        evaluation = COCOeval_faster(truth, truth.loadRes(content["annotations"]), kind)
        evaluation.run()
        assert evaluation.stats[0] == pytest.approx(1)
