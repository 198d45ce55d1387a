"""A comparison from its plan to its page, in the order in which things happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cyclemlp.benchmarking.machine import describe_machine
from cyclemlp.bundle.evaluation.robustness.measuring import Asked
from cyclemlp.comparing.budget import within
from cyclemlp.comparing.candidate import Candidate
from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.corrupted import check_corruptions, with_errors
from cyclemlp.comparing.costs import costs
from cyclemlp.comparing.page import write_page
from cyclemlp.comparing.plan import Planned, begin, planned
from cyclemlp.comparing.plots.draw import draw
from cyclemlp.comparing.row import Row
from cyclemlp.comparing.scoring import scores_of
from cyclemlp.console.devices import best_device
from cyclemlp.console.files import write_json, write_text
from cyclemlp.tasks import get_task
from cyclemlp.training.fit import fit
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.warmup import fit_warmup

_SECONDS = 5.0  # of measuring time, for all models together


def compare_models(
    compared: Sequence[Candidate],
    seeds: Sequence[int],
    sizes: Sequence[int],
    recipe: Settings,
    weights: dict[str, str],
    minutes: float | None,
    folder: Path,
    corruptions: Asked | None = None,
    baseline: str | None = None,
) -> Comparison:
    """Train each model with each seed, score and measure all, and write the results.

    What an earlier call finished in `folder` is kept, and a run that it did not finish is resumed.

    Args:
        compared: the models.
        seeds: of the runs.
        sizes: sides of the square inputs to score at, besides each model's own size.
        recipe: the settings that all runs share.
        weights: candidate's name -> its first weights.
        minutes: processor minutes of a run, instead of the recipe's epochs; None for those.
        folder: where everything is written.
        corruptions: score on images with these corruptions too; None for none.
        baseline: the model that mean corruption errors are relative to; None for none.

    Raises:
        ValueError: the folder has runs of another recipe, or no model could be trained.
        KeyboardInterrupt: the user stopped the comparison, which can be continued.
    """
    _check_clock(recipe, minutes)
    check_corruptions(recipe.task, corruptions)
    if minutes is None:
        recipe = fit_warmup(recipe)  # once, with one message
    begin(folder, recipe, minutes, weights)
    plan = planned(compared, seeds, recipe, weights, folder)
    rows = []
    for number, run in enumerate(plan, 1):
        print_message(f"[{number}/{len(plan)}] {run.candidate.name}, seed {run.settings.seed}")
        rows.append(_row(run, sizes, minutes, folder))
    if all(row.refused for row in rows):
        reasons = dict.fromkeys(f"{row.model}: {row.refused}" for row in rows)
        raise ValueError(f"no model of --models could be trained: {'; '.join(reasons)}")
    comparison = _gathered(rows, recipe, minutes, folder)
    if corruptions is not None:
        comparison = with_errors(comparison, plan, corruptions, baseline)
    return _written(comparison)


def _check_clock(recipe: Settings, minutes: float | None) -> None:
    place = "cpu" if recipe.accelerator == "cpu" else best_device(None).type
    if minutes is not None and place != "cpu":
        raise ValueError(
            f"--minutes counts processor time, and training would use {place}, whose time it does "
            "not see; give --epochs, or --accelerator cpu"
        )


def _row(run: Planned, sizes: Sequence[int], minutes: float | None, folder: Path) -> Row:
    try:
        if not _is_finished(run):
            fit((run if minutes is None else within(run, minutes, folder)).settings)
        return Row.of(run, scores_of(run, sizes))
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None  # the same command continues, not that of one run
    except OSError:  # a full disk or a missing file is no property of a model
        raise
    except Exception as error:  # networks raise many types for what they do not support
        reason = run.candidate.worded(_line(error))
        print_message(f"{run.candidate.name} is left out: {reason}")
        return Row.refusal(run, reason)


def _is_finished(run: Planned) -> bool:
    return (run.folder / "report.html").is_file()  # a run's last file


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"[:300]


def _gathered(
    rows: Sequence[Row], recipe: Settings, minutes: float | None, folder: Path
) -> Comparison:
    device = best_device("cpu" if recipe.accelerator == "cpu" else None)
    first = {row.model: row.run for row in reversed(rows) if row.refused is None}
    names = [row.model for row in rows if row.model in first]
    measured = costs({name: first[name] for name in dict.fromkeys(names)}, device, _SECONDS)
    settings = recipe.to_dict() | {"minutes": minutes}
    unused = ("model", "model_args", "output", "resume", "seed", "weights")
    kept = {name: value for name, value in settings.items() if name not in unused}
    headline = get_task(recipe.task).headline
    return Comparison(headline, kept, describe_machine([device]), tuple(rows), measured, folder)


def _written(comparison: Comparison) -> Comparison:
    folder = comparison.folder
    pictures = draw(comparison, folder)
    names = ("comparison.json", "comparison.csv", *(path.name for path in pictures))
    comparison = replace(comparison, files=names)
    write_json(folder / "comparison.json", comparison.to_dict())
    write_text(folder / "comparison.csv", comparison.to_csv())
    write_page(comparison, [path for path in pictures if path.suffix == ".png"])
    return comparison
