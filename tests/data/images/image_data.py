import io

import numpy as np
from PIL import Image

from cyclemlp.data.images.reading import read_image


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image)


def read(content: bytes, **options) -> Image.Image:
    return read_image(io.BytesIO(content), **options)
