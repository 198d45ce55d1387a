import pytest
import torch

from cyclemlp.bundle.predictor import Predictor

from .bundles import SIZE, make_bundle, same


def test_a_list_gives_a_list_whatever_the_batch_size(predictor, image):
    images = [image.rotate(angle) for angle in range(0, 70, 10)]
    predictions = predictor(images)
    assert len(predictions) == 7
    for prediction, single in zip(predictions, images, strict=True):
        same(prediction, predictor(single))
    assert predictor([]) == []


def test_the_prediction_comes_from_the_networks_output(predictor, image):
    with torch.inference_mode():
        logits = predictor.network(predictor.transform(image)[None])
    assert predictor(image).probability == pytest.approx(logits.softmax(1).max().item())


def test_the_network_is_in_evaluation_mode_and_prepared_images_have_the_size(predictor, image):
    assert not predictor.network.training
    assert predictor.transform(image).shape == (3, SIZE, SIZE)


def test_a_batch_size_below_one_is_refused():
    bundle = make_bundle()
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, batch_size=0)
