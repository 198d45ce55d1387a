import numpy as np
import pytest
from PIL import Image

from cyclemlp.bundle.predictor import Predictor

from .bundles import make_bundle


@pytest.fixture
def saved(tmp_path):
    make_bundle().save_pretrained(tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture(scope="module")
def predictor():
    bundle = make_bundle()
    return Predictor(bundle.network, bundle.task(), bundle.config.preprocessing, batch_size=3)


@pytest.fixture(scope="module")
def image():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    return Image.fromarray(pixels)
