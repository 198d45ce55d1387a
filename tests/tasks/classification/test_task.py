import pytest
import torch
from torch.nn import functional as F

from cyclemlp.tasks.classification.task import Classification

CLASSES = ("ant", "bee", "cat")


@pytest.fixture
def task():
    return Classification(CLASSES)


def test_networks_of_any_architecture_have_one_output_per_class(task):
    for model in ("cyclemlp_nano", "resnet10t", "test_vit"):
        assert task.build(model).num_classes == 3


def test_outputs_of_a_half_precision_network_are_float32(task):
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


def test_one_class_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"two classes, got one: 'cat'\. Add .* train/other"):
        Classification(("cat",))


def test_a_task_without_classes_is_refused():
    with pytest.raises(ValueError, match="needs at least one class"):
        Classification(())


def test_top_k_is_limited_to_the_number_of_classes():
    (prediction,) = Classification(CLASSES, top_k=9).predictions(torch.zeros(1, 3), [(8, 8)])
    assert len(prediction.labels) == 3


def test_a_bundle_keeps_top_k_if_it_is_given():
    assert Classification(CLASSES).network_settings == {}
    assert Classification(CLASSES, top_k=1).network_settings == {"top_k": 1}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_uses_the_networks_logits_and_the_label_smoothing(smoothing):
    task = Classification(CLASSES, label_smoothing=smoothing)
    network, inputs = torch.nn.Linear(4, 3), torch.randn(5, 4)
    targets = torch.tensor([0, 1, 2, 1, 0])
    expected = F.cross_entropy(network(inputs), targets, label_smoothing=smoothing)
    torch.testing.assert_close(task.losses(network, inputs, targets)["loss"], expected)
