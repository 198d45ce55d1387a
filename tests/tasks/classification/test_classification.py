import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from cyclemlp.tasks import TASKS, get_task
from cyclemlp.tasks.classification.prediction import ClassificationPrediction
from cyclemlp.tasks.classification.task import Classification

CLASSES = ("ant", "bee", "cat")


@pytest.fixture
def task():
    return Classification(CLASSES)


def test_every_task_is_found_by_its_name_and_bears_it():
    for name in TASKS:
        assert get_task(name).name == name


def test_an_unknown_task_is_answered_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"no task 'count'; the tasks of this version are: classify"
    ):
        get_task("count")


def test_networks_have_one_output_a_class_whatever_the_architecture(task):
    for model in ("cyclemlp_nano", "resnet10t", "test_vit"):
        assert task.build(model).num_classes == 3


def test_an_unknown_architecture_is_answered_with_near_names(task):
    with pytest.raises(ValueError, match=r"no model 'cyclemlpb1' .* did you mean cyclemlp_b1"):
        task.build("cyclemlpb1")


def test_an_unknown_architecture_argument_is_named(task):
    with pytest.raises(ValueError, match="'resnet10t' takes no argument 'steps'"):
        task.build("resnet10t", steps=3)


def test_an_unknown_weights_tag_is_answered_with_the_tags_there_are(task):
    with pytest.raises(ValueError, match=r"'resnet18\.nope'.*Its tags: .*a1_in1k"):
        task.build("resnet18.nope")


def test_hard_and_soft_targets_give_the_same_loss(task):
    network = torch.nn.Linear(4, 3)
    inputs, targets = torch.randn(5, 4), torch.tensor([0, 1, 2, 1, 0])
    hard = task.losses(network, inputs, targets)["loss"]
    soft = task.losses(network, inputs, F.one_hot(targets, 3).float())["loss"]
    torch.testing.assert_close(hard, soft)
    torch.testing.assert_close(hard, F.cross_entropy(network(inputs), targets))


def test_label_smoothing_is_the_mean_with_the_even_distribution():
    network, inputs = torch.nn.Linear(4, 3), torch.randn(5, 4)
    targets = torch.tensor([0, 1, 2, 1, 0])
    smoothed = 0.9 * F.one_hot(targets, 3) + 0.1 / 3
    expected = -(smoothed * network(inputs).log_softmax(1)).sum(1).mean()
    loss = Classification(CLASSES, label_smoothing=0.1).losses(network, inputs, targets)["loss"]
    torch.testing.assert_close(loss, expected)


def test_outputs_are_float32_even_from_a_half_precision_network(task):
    network = torch.nn.Linear(4, 3).bfloat16()
    assert task.infer(network, torch.randn(2, 4).bfloat16()).dtype == torch.float32


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"label_smoothing": 1.0}, "label_smoothing must be at least 0 and below 1, got 1.0"),
        ({"top_k": 0}, "top_k must be at least 1, got 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Classification(CLASSES, **settings)


def test_a_task_without_classes_is_refused():
    with pytest.raises(ValueError, match="needs at least one class"):
        Classification(())


def test_metrics_over_uneven_batches_equal_those_over_all_at_once():
    task = Classification([str(i) for i in range(8)])
    logits, targets = torch.randn(23, 8), torch.randint(8, (23,))
    whole, parts = task.metrics(), task.metrics()
    whole.update(logits, targets)
    for piece in (slice(0, 10), slice(10, 20), slice(20, 23)):
        parts.update(logits[piece], targets[piece])
    torch.testing.assert_close(parts.compute(), whole.compute())
    ranks = (logits > logits.gather(1, targets[:, None])).sum(1)
    assert whole.compute()["top1"] == (ranks < 1).float().mean()
    assert whole.compute()["top5"] == (ranks < 5).float().mean()
    torch.testing.assert_close(whole.compute()["loss"], F.cross_entropy(logits, targets))


def test_top1_and_top5_stay_apart_after_a_first_batch_in_which_they_agree():
    task = Classification([str(i) for i in range(8)])
    metrics = task.metrics(detailed=True)
    right = torch.eye(8)
    metrics.update(right, torch.arange(8))
    metrics.update(right, torch.arange(8).roll(1))
    assert metrics.compute()["top1"] == 0.5


def test_detailed_metrics_say_by_their_shape_what_they_are(task):
    metrics = task.metrics(detailed=True)
    metrics.update(torch.eye(3)[[0, 0, 1]], torch.tensor([0, 1, 1]))
    shapes = {name: tuple(value.shape) for name, value in metrics.compute().items()}
    assert shapes == {
        "top1": (), "top5": (), "loss": (), "precision": (3,), "recall": (3,), "confusion": (3, 3)
    }  # fmt: skip
    assert metrics.compute()["confusion"].tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0]]
    assert metrics.compute()["recall"].tolist() == [1.0, 0.5, 0.0]


def test_predictions_are_sorted_probabilities():
    task = Classification(CLASSES, top_k=2)
    (prediction,) = task.predictions(torch.tensor([[0.0, 2.0, 1.0]]), [(8, 8)])
    assert prediction.labels == ("bee", "cat")
    expected = torch.tensor([2.0, 1.0]).exp() / torch.tensor([0.0, 1.0, 2.0]).exp().sum()
    assert prediction.probabilities == pytest.approx(expected.tolist())
    assert prediction.to_dict()["label"] == "bee"
    assert [entry["label"] for entry in prediction.to_dict()["top"]] == ["bee", "cat"]


def test_more_predictions_than_classes_are_all_classes():
    (prediction,) = Classification(CLASSES, top_k=9).predictions(torch.zeros(1, 3), [(8, 8)])
    assert len(prediction.labels) == 3


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (640, 480), (50, 3000), (3000, 50)])
def test_drawing_keeps_the_image_and_adds_a_strip(size):
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
    assert len(colors) > 2  # text, not a bare strip


def test_saving_writes_json(tmp_path):
    prediction = ClassificationPrediction(("bœuf",), (0.5,))
    prediction.save(tmp_path / "p.json")
    assert '"bœuf"' in (tmp_path / "p.json").read_text(encoding="utf-8")
