"""The errors of the network that a mean corruption error is relative to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cyclemlp.bundle.evaluation.robustness.errors import Errors
from cyclemlp.bundle.evaluation.robustness.files import FILE, Store, read_errors
from cyclemlp.bundle.evaluation.robustness.measuring import Asked, Scored, measure, score_clean


def has_errors(baseline: str) -> bool:
    """Return whether a folder has errors of an earlier evaluation."""
    return (Path(baseline) / FILE).is_file()


def baseline_errors(
    baseline: str, load: Callable[[], Scored], own: Errors, asked: Asked, store: Store
) -> Errors:
    """Return the baseline's errors: those in its folder, or computed ones.

    Args:
        baseline: folder of an evaluation with corruptions, or a bundle.
        load: returns the bundle's network and images.
        own: the errors to compare.
        asked: which corruptions.
        store: for computed errors.

    Raises:
        ValueError: the errors in the folder are of other images or another seed, or some lack.
    """
    if not has_errors(baseline):
        scored = load()
        return measure(scored, score_clean(scored, asked), asked, store).only(own.cells)
    found = read_errors(Path(baseline) / FILE)
    alike = all(found.about.get(key) == own.about[key] for key in ("files", "images", "seed"))
    if found.metric != own.metric or not alike or not own.cells.keys() <= found.cells.keys():
        raise ValueError(
            f"--baseline {baseline}: its {FILE} has {found.metric} of {found.about} under "
            f"{', '.join(found.names)} at severities {found.severities}, and this evaluation needs "
            f"more or other ones; give the baseline's bundle, whose errors are then computed"
        )
    return found.only(own.cells)
