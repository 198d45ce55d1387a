import pytest

from cyclemlp.bundle.predictor import Predictor

from .bundles import make_bundle

FIXED = r"does not take 96 × 96 images: .*96.*64.*one size.*--model-args\.img_size.*any size"


def test_a_size_that_the_network_does_not_take_is_refused():
    bundle = make_bundle("vit_tiny_patch16_224", img_size=64)
    with pytest.raises(ValueError, match=FIXED):
        Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, image_size=96)
