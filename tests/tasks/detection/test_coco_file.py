import json

import pytest
from faster_coco_eval import COCO, COCOeval_faster

from cyclemlp.tasks.detection.coco_file import CocoFile

from .predictions import LOOK, prediction


@pytest.mark.parametrize("masks", [True, False])
def test_the_gathered_file_has_cocos_format(tmp_path, masks):
    """Evaluated against itself, the file has an AP of 1."""
    rows = [
        {"file": "a.png", "prediction": prediction(masks=masks).to_dict()},
        {"file": "b.mp4", "frame": 3, "prediction": prediction((50, 60), masks=masks).to_dict()},
    ]
    gathering = CocoFile(LOOK.classes, (7, 90))
    content = json.loads(gathering.write(tmp_path, lambda: rows).read_text())
    assert content["categories"] == [{"id": 7, "name": "ant"}, {"id": 90, "name": "bee"}]
    assert [image["file_name"] for image in content["images"]] == ["a.png", "b.mp4"]
    assert "frame" not in content["images"][0]
    assert content["images"][1]["frame"] == 3
    first = content["annotations"][0]
    assert (first["category_id"], first["bbox"]) == (90, [20, 10, 80, 80])
    truth = COCO(str(tmp_path / "coco.json"))
    for kind in ("bbox", "segm") if masks else ("bbox",):
        evaluation = COCOeval_faster(truth, truth.loadRes(content["annotations"]), kind)
        evaluation.run()
        assert evaluation.stats[0] == pytest.approx(1)
