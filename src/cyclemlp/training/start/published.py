"""A note for small data sets and CPUs, for which the published dense recipes are not meant."""

from __future__ import annotations

from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.devices import choose_accelerator
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings

_FEW = 5_000  # images; ADE20K has 20,210 and COCO 118,287


def note_small(settings: Settings, task: Task, images: int) -> None:
    """Print which recipe is meant for the data or machine if the published one is not.

    Args:
        settings: of the run.
        task: of the run.
        images: number of images for training.
    """
    size = task.recipe.image_size
    if size is None or settings.image_size is not None:
        return
    on_cpu = choose_accelerator(settings) == "cpu"
    if not on_cpu and images >= _FEW:
        return
    why = "a CPU takes long" if on_cpu else f"{images} images are few"
    print_message(
        f"note: {why} for the published recipe, in which images have {size[0]} to {size[1]} px; "
        f"for small data sets and CPUs, add --config small-{task.name}"
    )
