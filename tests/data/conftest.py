import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeImage = Callable[..., bytes]


def picture(size: tuple[int, int] = (40, 30), seed: int = 0) -> Image.Image:
    """Draw noise of a size (width, height); it compresses badly, so a cut file lacks pixels."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(noise)


def encoded(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """ROOT/{train,val}/{cat,dog}/*: 7 and 5 training images, 2 and 2 validation images."""
    root = tmp_path / "pets"
    seed = 0
    for split, name, count in (
        ("train", "cat", 7),
        ("train", "dog", 5),
        ("val", "cat", 2),
        ("val", "dog", 2),
    ):
        folder = root / split / name
        folder.mkdir(parents=True)
        for number in range(count):
            picture((24, 20), seed).save(folder / f"{number}.png")
            seed += 1
    return root
