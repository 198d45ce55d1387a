"""The errors of the compared runs on corrupted images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cyclemlp.bundle.evaluation.robustness.errors import ERRORS, Errors, Robustness
from cyclemlp.bundle.evaluation.robustness.files import Store
from cyclemlp.bundle.evaluation.robustness.measuring import Asked, Scored, check_task, measure
from cyclemlp.bundle.evaluation.scoring import inputs_at
from cyclemlp.bundle.predictions.resuming import network_digest
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plan import Planned
from cyclemlp.comparing.scoring import opened
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.run.folder import RunFolder


def check_corruptions(task: str, asked: Asked | None) -> None:
    """Check that a task has errors on corrupted images, before anything is trained.

    Raises:
        ValueError: it has not.
    """
    if asked is not None and task not in ERRORS:
        raise ValueError(
            f"--corruptions is for the tasks {' and '.join(ERRORS)}, and this comparison's task is "
            f"{task!r}; leave it out"
        )


def with_errors(
    comparison: Comparison, plan: Sequence[Planned], asked: Asked, baseline: str | None
) -> Comparison:
    """Return a comparison with the errors of each run on corrupted images, at the run's own size.

    Errors are kept in the run's folder ``corruptions`` as they become known, and not repeated.

    Args:
        comparison: without these errors; the error is the distance of its headline from 1.
        plan: its runs, in the order of its rows.
        asked: which corruptions.
        baseline: the model that mean corruption errors are relative to, seed by seed; or None.
    """
    found: dict[tuple[str, int], Errors] = {}
    for run, row in zip(plan, comparison.rows, strict=True):
        if row.refused is None:
            print_message(f"corrupted images for {row.model}, seed {row.seed}")
            found[row.model, row.seed] = _errors(run, row.own[comparison.headline], asked)
    rows = [
        replace(row, robustness=Robustness(found[key], found.get((baseline or "", row.seed))))
        if (key := (row.model, row.seed)) in found
        else row
        for row in comparison.rows
    ]
    about = {"corruptions": asked.names, "severities": asked.severities, "baseline": baseline}
    return replace(comparison, rows=tuple(rows), settings=comparison.settings | about)


def _errors(run: Planned, clean: float, asked: Asked) -> Errors:
    network, task, preprocessing, images = opened(run)
    check_task(task, preprocessing)
    (inputs,) = inputs_at(network, task, preprocessing, [None])
    digest = network_digest(RunFolder(run.folder).bundle)
    scored = Scored(run.candidate.name, digest, network, task, inputs, images)
    asked = replace(asked, workers=run.settings.workers or 0)
    folder = run.folder / "corruptions"
    folder.mkdir(exist_ok=True)
    return measure(scored, clean, asked, Store(folder))
