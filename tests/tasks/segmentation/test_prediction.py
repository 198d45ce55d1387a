import numpy as np
import pytest
import torch
from PIL import Image

from cyclemlp.data.layouts.masks.mask_files import read_index_mask
from cyclemlp.tasks.common.palette import palette
from cyclemlp.tasks.segmentation.prediction import SegmentationPrediction

from .settings import CLASSES


def test_a_saved_mask_equals_the_prediction_for_any_number_of_classes(tmp_path):
    for count, dtype in ((3, np.uint8), (200, np.uint8), (300, np.uint16)):
        labels = torch.randint(count, (20, 30))
        classes = [f"class {i}" for i in range(count)]
        prediction = SegmentationPrediction.of(labels, classes, palette(count))
        assert prediction.mask.dtype == dtype
        prediction.save(tmp_path / "mask.png")
        assert np.array_equal(read_index_mask(str(tmp_path / "mask.png")), labels.numpy())


def test_a_prediction_as_text_and_as_a_dict():
    labels = torch.tensor([[2, 2, 2, 0]])
    prediction = SegmentationPrediction.of(labels, CLASSES, palette(3))
    assert str(prediction) == "car 75.0%, sky 25.0%"
    assert prediction.to_dict() == {
        "size": [1, 4],
        "classes": [{"label": "car", "share": 0.75}, {"label": "sky", "share": 0.25}],
    }


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (640, 480), (50, 1000)])
def test_drawing_tints_the_image_and_adds_a_legend(size):
    width, height = size
    image = Image.new("RGB", size, (100, 100, 100))
    labels = torch.zeros(height, width).long()
    labels[:, width // 2 :] = 1
    labels[0, 0] = 255
    drawn = SegmentationPrediction.of(
        labels, CLASSES, ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    ).draw(image)
    factor = drawn.width // width
    assert drawn.height > height * factor or width == 1  # one ignored pixel: empty legend
    picture = np.asarray(drawn)[: height * factor : factor, ::factor]
    assert picture[0, 0].tolist() == [100, 100, 100]
    if width > 2:
        assert picture[-1, 0, 0] > 150 > picture[-1, 0, 1]
        assert picture[-1, -1, 1] > 150 > picture[-1, -1, 0]
