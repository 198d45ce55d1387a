from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cyclemlp.runtime.predictor import RuntimePredictor

from .test_limits import CONFIG


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 5), np.uint8), r"uint8 of shape \(H, W, 3\) or \(H, W\); got uint8 \(4"),
        (np.zeros((4, 4, 3), np.float32), "got float32"),
        (np.zeros((0, 4, 3), np.uint8), r"got uint8 \(0, 4, 3\)"),
        (b"bytes", "a path, a PIL image or an array; got bytes"),
    ],
)
def test_what_is_no_image_is_refused(image, message):
    decoder: Any = SimpleNamespace(images_at_once=1)
    with pytest.raises(ValueError, match=message):
        RuntimePredictor(CONFIG, decoder)(image)
