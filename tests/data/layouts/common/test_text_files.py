from cyclemlp.data.layouts.finding import open_detection

from ..coco_data import write


def test_a_json_file_may_have_a_byte_order_mark(tmp_path):
    write(tmp_path, [])
    file = tmp_path / "instances_train.json"
    file.write_text(file.read_text(), encoding="utf-8-sig")
    assert len(open_detection(str(tmp_path), "train")) == 3
