"""The inputs on which an exported network is compared with PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from cyclemlp.data.generated.drawing import draw_scene
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.data.transforms.resizing import normalized
from cyclemlp.exporting.part import taken

_BATCHES = (1, 5)
_SMALLEST = 20  # pixels, of networks that take any size
_ODD = (97, 131)  # pixels; no multiple of any stride


def compared_inputs(
    preprocessing: Preprocessing, dynamic: Sequence[str], minimum: int
) -> Iterator[np.ndarray]:
    """Yield images ``(B, 3, H, W)`` of three sizes in two batches, random and drawn.

    A graph with fixed axes gets the sizes that it takes.

    Args:
        preprocessing: of the network; its size is one of the three.
        dynamic: names of the axes that may vary.
        minimum: smallest side of an image, in pixels.
    """
    own = preprocessing.image_size
    smallest = max(minimum, _SMALLEST)
    sizes = ((smallest, smallest), _ODD, own)
    shapes = dict.fromkeys(taken(n, size, own, dynamic) for size in sizes for n in _BATCHES)
    for seed, (batch, height, width) in enumerate(shapes):
        drawn = np.random.default_rng(seed)
        yield drawn.standard_normal((batch, 3, height, width), np.float32)
        yield _pictures(batch, (height, width), preprocessing)


def _pictures(batch: int, size: tuple[int, int], preprocessing: Preprocessing) -> np.ndarray:
    scenes = (draw_scene(size, (0, number)) for number in range(batch))
    return np.stack([normalized(Image.fromarray(one.pixels), preprocessing) for one in scenes])
