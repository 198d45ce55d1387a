"""The verb ``compare``: models trained with one recipe and budget, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclemlp.comparing.candidate import candidates, first_weights
from cyclemlp.comparing.cost_only.systems import SIZES, SYSTEMS
from cyclemlp.console.output import output_folder
from cyclemlp.console.ranges import at_least
from cyclemlp.data.corruptions.names import SEVERITIES
from cyclemlp.data.layouts.recognizing import found_task, require_data
from cyclemlp.extras import needed_by
from cyclemlp.training.settings.settings import Settings
from cyclemlp.verbs.arguments import with_arguments_of
from cyclemlp.verbs.corruptions import chosen_corruptions
from cyclemlp.verbs.train import defaults_for as defaults_for  # of the command line
from cyclemlp.verbs.train import train

if TYPE_CHECKING:
    from cyclemlp.comparing.comparison import Comparison
    from cyclemlp.comparing.cost_only.costs import Costs

_NOT_TAKEN = ("model", "weights", "output", "seed", "resume", "max_time", "devices", "num_nodes")


@with_arguments_of(train, without=_NOT_TAKEN)
def compare(
    models: list[str] | None = None,
    data: str | None = None,
    seeds: list[int] = [0],  # noqa: B006 - shown by --help, never changed
    sizes: list[int] | None = None,
    minutes: float | None = None,
    weights: str | list[str] = "none",
    output: str | None = None,
    cost_only: bool = False,
    overwrite: bool = False,
    corruptions: list[str] | bool = False,
    severities: list[int] = [*SEVERITIES],  # noqa: B006 - shown by --help, never changed
    baseline: str | None = None,
    model: str | None = None,
    **settings: Any,
) -> Comparison | Costs:
    """Train models with one recipe and budget, and compare their scores, time and memory.

    Every run is a run of `cyclemlp train` in OUTPUT/runs, with its bundle. The same call continues
    a comparison that was interrupted; it also adds models, seeds and sizes to a finished one. A
    model that cannot be trained has a row with the reason. Times are those of the evaluated
    networks, run in turn on this machine.

    Args:
        models: timm's names, this library's included, each with arguments of its constructor after
            colons: ``cyclemlp_nano:mixer=axial:stepsize=5``; ``3x3`` is a pair.
        data: a folder in the task's layout, or a timm data set string, as for `train`.
        seeds: each model is trained once with each seed.
        sizes: further input sides to evaluate at, in pixels; the recipe's own size is always
            evaluated.
        minutes: processor minutes of each run, instead of `epochs`; as many epochs as fit, after
            one epoch of each model is measured. Only for training on the CPU.
        weights: first weights as for `train`, WEIGHTS for all models or MODEL=WEIGHTS for one;
            by default all start from scratch.
        output: folder to write into, or to continue in; by default runs/compare-<data>.
        cost_only: train nothing, measure parameters, operations, time and memory; `models` are by
            default those of the paper's comparison, `sizes` 64 to 1024, `output` is runs/cost or
            the next free name, and settings of training have no effect but `accelerator`.
        overwrite: replace the results in `output`; for `cost_only`.
        corruptions: also score each run on corrupted images, as `cyclemlp evaluate` does: names,
            families, ``standard``, ``extra`` or ``all``, which no value means too.
        severities: of the corruptions, 1 to 5.
        baseline: one of `models`, which mean corruption errors are relative to.
        model: the model of a recipe, which `models` replaces.
        **settings: all other arguments of `train`.

    Returns:
        All results, as in comparison.json.

    Raises:
        ValueError: a setting or the data cannot be used, the folder has runs of another recipe, or
            no model can be trained.
        FileNotFoundError: the data or weights do not exist.
        KeyboardInterrupt: the user stopped the comparison, which the same call continues.
    """
    at_least(0, seeds=min(seeds, default=-1))
    at_least(1, sizes=min(sizes or [1]))
    if cost_only:
        place = "cpu" if settings.get("accelerator") == "cpu" else None
        return _costs(models, sizes, place, output, overwrite)
    if models is None or data is None:
        raise ValueError("--models and --data are needed to train; --cost-only needs neither")
    compared = candidates(models)
    if minutes is not None and minutes <= 0:
        raise ValueError(f"--minutes must be above 0, got {minutes:g}")
    own_weights = first_weights(compared, weights)
    names = chosen_corruptions(corruptions, severities, baseline)
    if baseline is not None and baseline not in own_weights:
        raise ValueError(
            f"--baseline {baseline}: no model of --models has this name; give one of them as "
            "--models has it"
        )
    recipe = _recipe(data, settings)
    folder = Path(output or f"runs/compare-{Path(data).resolve().name}")
    with needed_by("compare"):
        from cyclemlp.bundle.evaluation.robustness.measuring import Asked
        from cyclemlp.comparing.run import compare_models
    asked = Asked(names, list(dict.fromkeys(severities))) if names else None
    return compare_models(
        compared, seeds, sizes or (), recipe, own_weights, minutes, folder, asked, baseline
    )


def _costs(
    models: list[str] | None,
    sizes: list[int] | None,
    device: str | None,
    output: str | None,
    overwrite: bool,
) -> Costs:
    names = [one.name for one in candidates(SYSTEMS if models is None else models)]
    with needed_by("compare"):
        from cyclemlp.comparing.cost_only.run import RESULT, compare_costs
    folder = output_folder(output, "cost", RESULT, overwrite)
    return compare_costs(names, sizes or SIZES, device, folder)


def _recipe(data: str, settings: dict[str, Any]) -> Settings:
    """Return the settings that all runs share, on one device."""
    require_data(data, settings.get("task"))
    if settings.get("task") is None:
        settings = settings | {"task": found_task(data)[0]}
    return Settings(data, devices=1, num_nodes=1, **settings)
