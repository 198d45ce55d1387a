from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.runtime.config import ExportConfig
from cyclemlp.runtime.engines.limits import within_limits

CONFIG = ExportConfig(
    task="segment",
    classes=("sky", "road"),
    colors=(),
    preprocessing=Preprocessing((64, 96)),
    settings={},
    minimum=33,
    dynamic=("batch", "height", "width"),
    parts=("network",),
    files={"onnx": Path("model.onnx")},
)


def run(config, *size):
    engine = within_limits(lambda *images: [*images], config)
    return engine(np.zeros((1, 3, *size), np.float32))[0].shape[2:]


def test_a_dense_network_takes_thin_images():
    """Norms of one channel a group need two cells, and images are padded."""
    assert run(CONFIG, 1, 96) == (1, 96)
    assert run(CONFIG, 64, 2) == (64, 2)
    with pytest.raises(ValueError, match="with a side of at least 33 pixels, and got 20 × 32"):
        run(CONFIG, 20, 32)


def test_a_classifier_does_not():
    config = replace(CONFIG, task="classify", minimum=32)
    assert run(config, 32, 32) == (32, 32)
    with pytest.raises(ValueError, match="with sides of at least 32 pixels, and got 31 × 96"):
        run(config, 31, 96)
