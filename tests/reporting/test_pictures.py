import numpy as np
import pytest
from PIL import Image

from cyclemlp.reporting import confusion, confusion_matrix, curves, sample_grid
from cyclemlp.reporting.confusion import brief
from cyclemlp.tasks.classification.prediction import ClassificationPrediction
from cyclemlp.tasks.common.scores import most_confused


def _colours(path):
    with Image.open(path) as picture:
        found = picture.convert("RGB").getcolors(1 << 24)
    assert found is not None
    return len(found)


def _write(path, rows):
    path.write_text("epoch,step,lr,train_loss,loss,top1\n" + "\n".join(rows) + "\n")
    return path


def test_curves_of_a_run_with_gaps_and_nan(tmp_path):
    rows = ["1,10,1e-3,2.0,,0.1", "2,20,1e-3,nan,1.0,0.5", "3,30,1e-4,1.0,0.5,0.9"]
    out = curves(_write(tmp_path / "m.csv", rows), tmp_path / "pictures" / "curves.png")
    assert _colours(out) > 50


def test_curves_of_one_epoch(tmp_path):
    out = curves(_write(tmp_path / "m.csv", ["1,10,1e-3,2.0,1.0,0.1"]), tmp_path / "c.png")
    assert _colours(out) > 50


def test_panels_of_many_losses_wrap_into_rows(tmp_path):
    losses = [f"loss_{name}" for name in ("box", "class", "objectness", "mask", "rpn")]
    file = tmp_path / "m.csv"
    columns = ["epoch", "step", "lr", *(f"train_{name}" for name in losses), *losses, "map"]
    rows = [[str(epoch), str(epoch * 10), "0.1", *["1.0"] * 10, "0.5"] for epoch in (1, 2, 3)]
    file.write_text("\n".join(",".join(row) for row in [columns, *rows]) + "\n")
    with Image.open(curves(file, tmp_path / "seven.png")) as picture:
        seven = picture.size  # five losses, the metrics and the learning rate
    one = curves(_write(tmp_path / "n.csv", ["1,10,1e-3,2.0,1.0,0.1"]), tmp_path / "three.png")
    with Image.open(one) as picture:
        three = picture.size
    assert seven == (three[0], 3 * three[1])


def test_curves_of_no_epoch_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"m\.csv has no rows"):
        curves(_write(tmp_path / "m.csv", []), tmp_path / "c.png")


def test_right_and_wrong_samples_differ_in_more_than_colour(tmp_path):
    image = Image.new("RGB", (32, 32), "white")
    prediction = ClassificationPrediction(("3",), (0.9,))
    pictures = []
    for truth in ("3", "5"):
        right = ClassificationPrediction((truth,), (1.0,))
        path = sample_grid([image], [prediction], [right], tmp_path / f"{truth}.png")
        with Image.open(path) as picture:
            pictures.append(np.asarray(picture.convert("L")) < 200)
    assert (pictures[0] != pictures[1]).sum() > 300  # dashes, sign and second line, in grey


@pytest.mark.parametrize("count", [2, 10, 40, 300])
def test_confusion_matrices_of_few_and_many_classes(tmp_path, count):
    matrix = np.random.default_rng(0).integers(0, 3, (count, count)) + 40 * np.eye(count, dtype=int)
    path = confusion_matrix(matrix, [f"class {i}" for i in range(count)], tmp_path / "c.png")
    with Image.open(path) as picture:
        assert max(picture.size) < 2000
    assert _colours(path) > 50


def test_a_class_without_samples_leaves_an_empty_row(tmp_path):
    matrix = np.array([[0, 0], [1, 2]])
    assert confusion_matrix(matrix, ["a", "b"], tmp_path / "c.png").is_file()


def test_counts_are_exact_up_to_four_digits_and_then_shortened_to_as_many_characters():
    exact, shortened = (0, 7, 9999), (10_000, 12_345, 340_123, 999_999, 1_234_567, 18_234_567)
    assert [brief(count) for count in exact] == ["0", "7", "9999"]
    assert [brief(count) for count in shortened] == ["10k", "12k", "340k", "1M", "1.2M", "18M"]
    assert all(len(brief(round(1.37**power))) <= 4 for power in range(90))


def test_counts_of_pixels_stay_in_their_cells(tmp_path, monkeypatch):
    """Eight digits were wider than a cell."""
    drawn = []
    monkeypatch.setattr(confusion, "save", lambda figure, path: drawn.append(figure) or path)
    matrix = np.array([[88_888_888, 44_444], [1_234_567, 18_765_432]]).repeat(10, 0).repeat(10, 1)
    confusion_matrix(matrix, [f"class {i}" for i in range(20)], tmp_path / "c.png")
    axes = drawn[0].axes[0]
    drawn[0].canvas.draw()
    cell = axes.transData.transform([(0, 0), (1, 0)])
    widths = [text.get_window_extent().width for text in axes.texts]
    assert len(widths) == 400
    assert max(widths) < 0.9 * (cell[1, 0] - cell[0, 0])


def test_the_most_confused_pairs_come_worst_first_and_without_hits():
    matrix = np.array([[90, 2, 0], [0, 50, 7], [1, 0, 9]])
    assert most_confused(matrix, ["a", "b", "c"], 2) == [
        {"truth": "b", "predicted": "c", "count": 7},
        {"truth": "a", "predicted": "b", "count": 2},
    ]


def test_drawing_leaves_matplotlibs_global_state_alone(tmp_path):
    import sys

    curves(_write(tmp_path / "m.csv", ["1,10,1e-3,2.0,1.0,0.1"]), tmp_path / "c.png")
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()
