"""Images of other than three channels: their statistics, and the augmentation they can have."""

from __future__ import annotations

from dataclasses import replace

from cyclemlp.data.augmentation.colors import color_settings
from cyclemlp.data.split import Split
from cyclemlp.data.statistics import measured_statistics
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings


def normalized(
    settings: Settings, images: Split, *preprocessings: Preprocessing
) -> tuple[Preprocessing, ...]:
    """Return the preprocessings with mean and std measured on the training images; print them.

    Every process measures the same images, and a resumed run does so again.

    Args:
        settings: of the run.
        images: for training.
        *preprocessings: for images of other than three channels.

    Raises:
        ValueError: no image can be read.
    """
    mean, std, count = measured_statistics(images)
    channels = f"{len(mean)} channel{'s' if len(mean) > 1 else ''}"
    print_message(
        f"{channels}, measured on {count} of {len(images)} training images: "
        f"mean {_text(mean)}, std {_text(std)}"
    )
    if left_out := color_settings(settings.augment):
        names = " and ".join(f"augment.{name}" for name in left_out)
        print_message(f"note: {names} need{'s' * (len(left_out) == 1)} RGB images: left out")
    return tuple(replace(one, mean=mean, std=std) for one in preprocessings)


def _text(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
