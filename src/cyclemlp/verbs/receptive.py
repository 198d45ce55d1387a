"""The verb ``receptive``: what a network sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cyclemlp.bundle.finding import find_bundle
from cyclemlp.console.ranges import at_least
from cyclemlp.extras import needed_by
from cyclemlp.runtime.config import is_exported

if TYPE_CHECKING:
    from cyclemlp.comparing.receptive.result import Receptive


def receptive(
    model: str,
    weights: str | None = None,
    image_size: int = 224,
    images: int = 8,
    output: str | None = None,
    overwrite: bool = False,
) -> Receptive:
    """Draw the pseudo-kernels of a model and the effective receptive field of each stage.

    A pseudo-kernel is the set of positions that the channels of a Cycle FC or a shifted FC read.
    The effective receptive field (Luo et al., NeurIPS 2016) is the gradient of the feature at the
    centre of a stage's map with respect to each pixel, its absolute value averaged over random
    images.

    Args:
        model: a bundle's or training run's folder, or a timm model's name, with arguments after
            colons as for `compare`: ``cyclemlp_b1:stepsize=7``.
        weights: a weight file for a timm model; by default its initial weights.
        image_size: side of the square images, in pixels.
        images: number of random images.
        output: folder to write into; by default a new one, runs/receptive, runs/receptive-2, ….
        overwrite: replace the results in `output`.

    Returns:
        The pseudo-kernels, and share and extent of each field; also written to receptive.json.
        The fields are in fields.npz.

    Raises:
        ValueError: there is no such model, or it has no feature maps or takes no such images.
        FileExistsError: `output` already holds results.
    """
    at_least(1, image_size=image_size, images=images)
    bundle = find_bundle(model) if Path(model).is_dir() else None
    if bundle is not None and is_exported(bundle):
        raise ValueError(f"{model} is an exported network; give the bundle that it was made from")
    if bundle is not None and weights is not None:
        raise ValueError(f"--weights {weights}: the bundle {model} has its own; leave it out")
    with needed_by("receptive"):
        from cyclemlp.comparing.receptive.run import receptive_of
    return receptive_of(model, bundle, weights, image_size, images, output, overwrite)
