"""scikit-learn's handwritten digits, written as class folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

_SIZE = 32  # side of the written images, in pixels


def write_digits(root: Path) -> Path:
    """Write scikit-learn's handwritten digits as ``root/{train,val}/<digit>/*.png``.

    The data set has 1797 scans of 8 × 8 pixels (Alpaydin and Kaynak, UCI, 1998). They are enlarged
    to 32 × 32, and a fifth of each digit is held out. Every call writes the same files.

    Args:
        root: folder to write into; it is created if it does not exist.

    Returns:
        `root`.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits, labels = (np.asarray(part) for part in load_digits(return_X_y=True))
    numbers = np.arange(len(labels))
    train, val = train_test_split(numbers, test_size=0.2, stratify=labels, random_state=0)
    for split, chosen in (("train", train), ("val", val)):
        for number in chosen:
            folder = root / split / str(labels[number])
            folder.mkdir(parents=True, exist_ok=True)
            _image(digits[number]).save(folder / f"{number:04d}.png")
    return root


def _image(ink: np.ndarray) -> Image.Image:
    gray = np.round(ink.reshape(8, 8) * (255 / 16)).astype(np.uint8)
    return Image.fromarray(gray).resize((_SIZE, _SIZE), Image.Resampling.BICUBIC)
