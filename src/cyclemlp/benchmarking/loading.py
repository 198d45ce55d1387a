"""Speed of the data loaders, without a network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from cyclemlp.data.augmentation.classify import Augmentation
from cyclemlp.data.generated.scenes import draw_scene
from cyclemlp.data.layouts.finding import open_classification
from cyclemlp.data.loading.loader import eval_loader, train_loader
from cyclemlp.data.split import Split
from cyclemlp.data.transforms.classify import eval_transform, train_transform
from cyclemlp.data.transforms.preprocessing import Preprocessing

_PICTURES = 32
_SIZE = (375, 500)  # (height, width) of most of ImageNet's pictures
_BATCH = 8
# The augmentation of the released weights' training, as in recipes/imagenet.yaml.
_AUGMENTATION = Augmentation(rand_augment="rand-m9-mstd0.5-inc1", erasing=0.25)


@dataclass(frozen=True)
class Loading:
    """Speed of the loaders on JPEGs of 500 × 375 pixels.

    Attributes:
        height: height of the network's input, in pixels.
        width: width of the same.
        workers: loading processes.
        training: images/s with the augmentation of the released weights' training.
        evaluation: images/s with a resize and a crop.
    """

    height: int
    width: int
    workers: int
    training: float
    evaluation: float

    def __str__(self) -> str:
        return (
            f"loader, 500x375 JPEG to {self.height}x{self.width}, {self.workers} workers: "
            f"{self.training:.0f} images/s for training, {self.evaluation:.0f} for evaluation"
        )


def measure_loading(
    sizes: Sequence[tuple[int, int]], workers: int, seconds: float
) -> tuple[Loading, ...]:
    """Measure the loaders of training and evaluation on generated JPEGs of ImageNet's usual size.

    Args:
        sizes: (height, width) of the network's input, in pixels.
        workers: loading processes; 0 loads in the calling process.
        seconds: least time of each measurement; at least one epoch is measured.
    """
    with TemporaryDirectory() as folder:
        _write_pictures(Path(folder) / "train" / "scene")
        split = open_classification(folder, "train")
        return tuple(_measured(split, size, workers, seconds) for size in sizes)


def _measured(split: Split, size: tuple[int, int], workers: int, seconds: float) -> Loading:
    varied = train_transform(Preprocessing(size), _AUGMENTATION)
    plain = eval_transform(Preprocessing(size))
    training = train_loader(split, varied, batch_size=_BATCH, workers=workers)
    evaluation = eval_loader(split, plain, batch_size=_BATCH, workers=workers)
    rates = [_images_per_second(loader, seconds) for loader in (training, evaluation)]
    return Loading(*size, workers, *rates)


def _write_pictures(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(_PICTURES):
        picture = Image.fromarray(draw_scene(_SIZE, (number,)).pixels)
        picture.save(folder / f"{number}.jpg", quality=95)


def _images_per_second(loader: Any, seconds: float) -> float:
    """Measure whole epochs after a first one that starts the workers and caches the files."""
    list(loader)
    images, begun = 0, time.perf_counter()
    while not images or time.perf_counter() - begun < seconds:
        images += sum(len(batch[0]) for batch in loader)
    return images / (time.perf_counter() - begun)
