import pytest
import torch

from cyclemlp.tasks.segmentation.task import Segmentation

from .fixed import Fixed
from .settings import CLASSES


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cross_entropy": 0.0}, "loss weights must be at least 0, and one of them above 0"),
        ({"dice": -1.0}, "loss weights must be at least 0"),
        ({"class_weights": [1.0]}, "a weight for each of the 3 classes; got 1"),
        ({"class_weights": [1, -1, 1]}, r"class_weights must be at least 0.*-1"),
        ({"class_weights": [1, float("nan"), 1]}, r"class_weights must be at least 0.*nan"),
        (
            {"class_weights": [0, 0, 0]},
            r"class_weights must be at least 0, and one of them above 0",
        ),
        ({"window": 8}, "window must be at least 32 pixels, got 8"),
        ({"overlap": 1.0}, "overlap must be at least 0 and below 1, got 1.0"),
        ({"scales": [0.0]}, r"scales must be factors above 0, got \[0.0\]"),
        ({"colors": [(0, 0, 0)]}, "a colour for each class; it got 1 for 3"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Segmentation(CLASSES, **settings)


def test_training_images_of_several_sizes_are_refused(task):
    images = [torch.randn(3, 4, 4), torch.randn(3, 4, 8)]
    masks = [torch.zeros(4, 4).long(), torch.zeros(4, 8).long()]
    with pytest.raises(ValueError, match=r"images of one size, got .*set --augment\.crop"):
        task.losses(Fixed(), images, masks)


def test_a_prediction_does_not_depend_on_the_batch(task, network):
    network = network.double()
    sizes = [(40, 64), (64, 40), (40, 64), (33, 33)]
    images = [torch.randn(3, *size, dtype=torch.float64) for size in sizes]
    with torch.inference_mode():
        together = task.infer(network, images)
        for image, output in zip(images, together, strict=True):
            (alone,) = task.infer(network, [image])
            torch.testing.assert_close(output, alone, atol=1e-5, rtol=1e-5)


def test_a_window_larger_than_the_image_gives_the_whole_images_labels(network):
    image = torch.randn(3, 60, 50)
    with torch.inference_mode():
        (logits,) = Segmentation(CLASSES).infer(network, [image])
        (labels,) = Segmentation(CLASSES, window=64).infer(network, [image])
    assert torch.equal(labels, logits.argmax(0).int())


def test_ignored_pixels_of_the_truth_have_no_class(task):
    truth = task.truth(torch.tensor([[0, 255], [1, 1]]))
    assert truth.shares == {"road": 0.5, "sky": 0.25}
