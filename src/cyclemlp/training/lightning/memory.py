"""The advice if the memory does not suffice for training."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from cyclemlp.console.memory import explaining_memory
from cyclemlp.training.lightning.precision import choose_precision
from cyclemlp.training.settings.settings import Settings


def advising_on_memory(
    settings: Settings, size: tuple[int, int], kept: Callable[[], str]
) -> AbstractContextManager[None]:
    """Return a context in which an error about memory says what was used and which flags help.

    Args:
        settings: of the run.
        size: (height, width) of the training images, in pixels.
        kept: returns what the run leaves behind.
    """
    used = (
        f"--batch-size {settings.batch_size} at {size[0]} × {size[1]} px{_crop(settings)} with "
        f"--precision {choose_precision(settings)}"
    )
    return explaining_memory(used, lambda: f"{_remedies(settings)}. {kept()}")


def _remedies(settings: Settings) -> str:
    batch = settings.batch_size
    smaller = (
        f"--batch-size {batch // 2} --accumulate {2 * settings.accumulate}"
        if (isinstance(batch, int) and batch > 1)
        else "a smaller --model"
    )
    return (
        f"Use {smaller} (the same images per step), a smaller "
        f"{'--augment.crop or ' if _crop(settings) else ''}--image-size, or --grad-checkpointing "
        "(more time)"
    )


def _crop(settings: Settings) -> str:
    """Describe the crop; ``""`` if whole images are used."""
    crop = getattr(settings.augment, "crop", None)
    return "" if crop is None else f" and crops of {crop[0]} × {crop[1]} px"
