"""The errors of the network that a mean corruption error is relative to."""

from __future__ import annotations

from collections.abc import Callable

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.robustness.errors import Errors
from cyclemlp.bundle.evaluation.robustness.files import FILE, Baseline, Store, read_errors
from cyclemlp.bundle.evaluation.robustness.measuring import (
    Asked,
    Scored,
    check_task,
    errors_about,
    measure,
    score_clean,
)
from cyclemlp.bundle.memory import advising_on_inference
from cyclemlp.bundle.predictions.resuming import network_digest
from cyclemlp.data.split import Split

_GOES_ON = "What is measured is kept; the same call with --output continues"


def baseline_errors(
    baseline: Baseline,
    scored: Scored,
    asked: Asked,
    open_images: Callable[[Bundle], Split],
    store: Store,
) -> Callable[[], Errors]:
    """Return a function that returns the baseline's errors: read ones, or computed ones.

    What can be checked is checked before the function is returned, because measuring takes long.

    Args:
        baseline: from `find_baseline`.
        scored: the network that is compared with the baseline, and its images.
        asked: which corruptions.
        open_images: returns the images in the order of a bundle's classes.
        store: for computed errors.

    Raises:
        ValueError: the errors in the folder are of other images or another seed, or some are
            missing; or the bundle has another task or other classes.
    """
    if baseline.place.name == FILE:
        found = _read(baseline, scored, asked)
        return lambda: found
    theirs = _loaded(baseline, scored, open_images)
    return lambda: _computed(theirs, scored, asked, store)


def _read(baseline: Baseline, scored: Scored, asked: Asked) -> Errors:
    found = read_errors(baseline.place)
    about, cells = errors_about(scored, asked), list(asked.cells(scored.task))
    alike = all(found.about.get(key) == about[key] for key in ("files", "images", "seed"))
    if found.metric != scored.metric or not alike or not found.cells.keys() >= set(cells):
        raise ValueError(
            f"--baseline {baseline.name}: its {FILE} has {found.metric} of {found.about} under "
            f"{', '.join(found.names)} at severities {found.severities}, and this evaluation needs "
            f"more or other ones; give the baseline's bundle, whose errors are then computed"
        )
    return found.only(cells)


def _loaded(baseline: Baseline, scored: Scored, open_images: Callable[[Bundle], Split]) -> Scored:
    name, place = baseline
    bundle = Bundle.from_pretrained(place)
    task, preprocessing = bundle.task(), bundle.config.preprocessing
    check_task(task, preprocessing)
    if task.name != scored.task.name:
        raise ValueError(
            f"--baseline {name} is of the task {task.name!r}, not {scored.task.name!r}; give a "
            "bundle of the same task"
        )
    return Scored(
        name, network_digest(place), bundle.network, task, preprocessing, open_images(bundle)
    )


def _computed(theirs: Scored, scored: Scored, asked: Asked, store: Store) -> Errors:
    device = next(scored.network.parameters()).device
    theirs = theirs._replace(network=theirs.network.to(device))
    with advising_on_inference(
        theirs.task, theirs.preprocessing, device, asked.batch_size, lambda: _GOES_ON
    ):
        return measure(theirs, score_clean(theirs, asked), asked, store)
