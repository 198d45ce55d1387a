import numpy as np

from cyclemlp.data.layouts.finding import open_classification, open_detection

from ...conftest import picture
from ..yolo_data import BOX, write

NOTE = "NPY files beside images of the same name are left out, such as "


def test_copies_of_images_are_no_samples(tmp_path, folders):
    yolo = write(tmp_path / "yolo", BOX, BOX)
    cached = [yolo / "images/train/0.npy", folders / "train/cat/0.npy"]
    for file in (*cached, folders / "train/dog/own.npy"):
        np.save(file, np.asarray(picture())[..., ::-1])
    detection = open_detection(str(yolo), "train")
    classes = open_classification(str(folders), "train")
    assert (len(detection), len(classes)) == (2, 13)
    assert detection.notes[0].startswith(f"1 {NOTE}'{cached[0]}'")
    assert classes.notes[0].startswith(f"1 {NOTE}'cat/0.npy'")
