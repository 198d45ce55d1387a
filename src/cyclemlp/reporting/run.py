"""All pictures and pages of a training run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.console.devices import best_device
from cyclemlp.data.images.preview import preview
from cyclemlp.data.layouts.class_folders import Split
from cyclemlp.reporting.confusion import confusion_matrix
from cyclemlp.reporting.curves import curves
from cyclemlp.reporting.pairs import pair_grid
from cyclemlp.reporting.report import write_report
from cyclemlp.reporting.samples import Labelled, sample_grid
from cyclemlp.tasks.common.scores import Scores
from cyclemlp.tasks.common.scoring import evaluation_batches, score

_SAMPLES = 18
_PAIRS = 6


def illustrate(
    run_dir: str | Path,
    split: Split,
    device: str | None = None,
    batch_size: int | None = None,
    workers: int = 0,
) -> Path:
    """Evaluate a run's bundle in detail and write all its pictures and its page.

    Args:
        run_dir: a training run's folder, with ``bundle/``, ``config.yaml``, ``metrics.json`` and
            ``metrics.csv``. ``evaluation.json``, ``confusion.png``, ``curves.png``,
            ``samples.png`` and ``report.html`` are added.
        split: held-out images.
        device: the device to compute on; by default an accelerator if available.
        batch_size: images per forward pass; by default 32, or 8 in dense tasks.
        workers: loading processes.

    Returns:
        The page's path.
    """
    run = Path(run_dir)
    bundle = Bundle.from_pretrained(run)
    task = bundle.task()
    predictor = Predictor(bundle.network, task, bundle.config.preprocessing, best_device(device))
    batches = evaluation_batches(task, split, predictor.preprocessing, batch_size, workers)
    scores = score(predictor.network, task, batches)
    _write_scores(run, scores, task.classes)
    _draw_samples(run, split, predictor)
    curves(run / "metrics.csv", run / "curves.png")
    return write_report(run)


def _write_scores(run: Path, scores: Scores, classes: tuple[str, ...]) -> None:
    if scores.confusion is not None:
        confusion_matrix(scores.confusion, classes, run / "confusion.png")
    text = json.dumps(scores.to_dict(), indent=2) + "\n"
    (run / "evaluation.json").write_text(text, encoding="utf-8")


def _draw_samples(run: Path, split: Split, predictor: Predictor) -> None:
    """Draw evenly spaced samples of the split, the same in every run."""
    task = predictor.task
    count = min(_PAIRS if task.pictures else _SAMPLES, len(split))
    samples = [split[i * len(split) // count] for i in range(count)]
    images = [preview(sample.image) for sample in samples]
    predicted = predictor([sample.image for sample in samples])
    truths = [task.truth(sample.target) for sample in samples]
    if task.pictures:
        pair_grid(images, predicted, truths, run / "samples.png")
    else:
        labelled = cast("Sequence[Labelled]", predicted)
        sample_grid(images, labelled, cast("Sequence[Labelled]", truths), run / "samples.png")
