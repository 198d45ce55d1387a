import pytest
import torch
from PIL import Image

from cyclemlp.tasks.classification.prediction import ClassificationPrediction, top_predictions


def test_predictions_are_sorted_probabilities():
    classes = ("ant", "bee", "cat")
    (prediction,) = top_predictions(torch.tensor([[0.0, 2.0, 1.0]]), classes, 2)
    assert prediction.labels == ("bee", "cat")
    expected = torch.tensor([2.0, 1.0]).exp() / torch.tensor([0.0, 1.0, 2.0]).exp().sum()
    assert prediction.probabilities == pytest.approx(expected.tolist())
    assert prediction.to_dict()["label"] == "bee"
    assert [entry["label"] for entry in prediction.to_dict()["top"]] == ["bee", "cat"]


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (640, 480), (50, 3000), (3000, 50)])
def test_drawing_adds_a_strip_below_the_unchanged_image(size):
    image = Image.new("RGB", size, (200, 0, 0))
    drawn = ClassificationPrediction(("a class of a long name " * 3,), (0.5,)).draw(image)
    assert drawn.width >= size[0]
    assert drawn.height > size[1]
    assert drawn.width >= 160
    picture = drawn.crop((0, 0, drawn.width, size[1] * drawn.width // size[0]))
    assert picture.getcolors() == [(picture.width * picture.height, (200, 0, 0))]
    strip = drawn.crop((0, picture.height, drawn.width, drawn.height))
    colors = strip.getcolors(strip.width * strip.height)
    assert colors is not None
    assert len(colors) > 2  # the strip holds text


def test_saving_writes_json(tmp_path):
    prediction = ClassificationPrediction(("bœuf",), (0.5,))
    prediction.save(tmp_path / "p.json")
    assert '"bœuf"' in (tmp_path / "p.json").read_text(encoding="utf-8")
