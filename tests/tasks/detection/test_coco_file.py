import json

import pytest
from faster_coco_eval import COCO, COCOeval_faster

from cyclemlp.tasks.detection.coco_file import CocoFile

from .predictions import LOOK, prediction


@pytest.mark.parametrize("masks", [True, False])
def test_the_gathered_file_has_cocos_format(tmp_path, masks):
    """Evaluated against itself, the file has an AP of 1."""
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
