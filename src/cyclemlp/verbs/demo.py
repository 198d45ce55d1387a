"""The verb ``demo``: small networks, trained, evaluated and used in a few minutes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclemlp.console.output import output_folder
from cyclemlp.training.demo import PARTS, Part
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.predict import predict
from cyclemlp.verbs.train import TrainResult, train

if TYPE_CHECKING:
    from cyclemlp.bundle.evaluation.result import Evaluation
    from cyclemlp.bundle.predictions.summary import Predictions


@dataclass(frozen=True)
class Shown:
    """The results of one task.

    Attributes:
        part: the task's data, recipe and goal.
        training: result of the training run.
        evaluation: scores at sizes that were not trained at.
        predictions: predictions of some held-out images, at each of these sizes.
    """

    part: Part
    training: TrainResult
    evaluation: Evaluation
    predictions: tuple[Predictions, ...]

    @property
    def reached(self) -> float:
        """The metric at the training size."""
        return self.training.metrics[self.part.figure]

    @property
    def elsewhere(self) -> dict[int, float]:
        """The metric at each other size."""
        scores = self.evaluation.sizes.values()
        figures = [score.figures[self.part.figure] for score in scores]
        return dict(zip(self.part.other_sizes, figures, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return all results, ready for JSON."""
        return {
            "training": self.training.to_dict(),
            "evaluation": self.evaluation.to_dict(),
            "predictions": [predictions.to_dict() for predictions in self.predictions],
        }

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        run = self.training.run_dir
        pictures = sorted(run.glob("*.png"))
        yield self.predictions[0]
        yield ""
        yield self.evaluation
        yield ""
        others = ", ".join(f"{figure:.1%} at {size} px" for size, figure in self.elsewhere.items())
        yield f"{self.part.task}: {self.reached:.1%} {self.part.title}"
        yield f"          {others}, sizes never trained at"
        yield f"report    {run / 'report.html'}"
        yield f"pictures  {', '.join(map(str, pictures))}"
        for predictions in self.predictions:
            yield f"          {predictions.output / 'drawn'}, at a size never trained at"
        yield f"bundle    {run / 'bundle'}, for cyclemlp predict {run / 'bundle'} FILE …"


@dataclass(frozen=True)
class Demo:
    """The results of the demo.

    Attributes:
        shown: task's name -> its results.
        seconds: total time.
    """

    shown: dict[str, Shown]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return all results, ready for JSON."""
        parts = {task: shown.to_dict() for task, shown in self.shown.items()}
        return parts | {"seconds": round(self.seconds, 1)}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        for shown in self.shown.values():
            yield shown
            yield ""
        yield f"{self.seconds:.0f} s in all:"
        for task, shown in self.shown.items():
            yield f"  {task}: {shown.reached:.1%} {shown.part.title}"


def demo(output: str | None = None, workers: int = 2) -> Demo:
    """Train small networks, evaluate them at sizes never trained at, and predict some files.

    Classification uses scikit-learn's handwritten digits (UCI's optical recognition data: 1797
    scans); the dense tasks use generated scenes, objects of several classes on textured ground.
    All data sets are written as folders, as a user's own data set is.

    Args:
        output: folder to write into; by default a new one, runs/demo, runs/demo-2, ….
        workers: loading processes.

    Returns:
        All results.

    Raises:
        RuntimeError: a metric on held-out images is below its goal.
    """
    begun = time.perf_counter()
    folder = output_folder(output, "demo", PARTS[0].data, overwrite=False)
    shown = {part.task: _show(part, folder, workers) for part in PARTS}
    return Demo(shown, time.perf_counter() - begun)


def _show(part: Part, folder: Path, workers: int) -> Shown:
    training = _trained(part, folder, workers)
    evaluation = evaluate(
        str(training.bundle),
        str(folder / part.data),
        image_size=list(part.other_sizes),
        output=str(folder / part.task / "evaluation"),
        workers=workers,
    )
    shown = Shown(part, training, evaluation, _predicted(part, folder, training.bundle))
    if shown.reached < part.goal:
        raise RuntimeError(
            f"the demo reached {shown.reached:.1%} {part.title}, below {part.goal:.0%}: something "
            f"is wrong with this installation; see {training.run_dir}"
        )
    return shown


def _trained(part: Part, folder: Path, workers: int) -> TrainResult:
    data = folder / part.data
    if not data.exists():
        part.write(data)
    return train(
        str(data),
        model="cyclemlp_nano",
        task=part.task,
        output=str(folder / part.task / "run"),
        workers=workers,
        weights=str(folder / part.start / "run") if part.start else None,
        **part.recipe,
    )


def _predicted(part: Part, folder: Path, bundle: Path) -> tuple[Predictions, ...]:
    """Predict some held-out images at each other size."""
    pictures = sorted(map(str, (folder / part.data).glob(part.pictures)))
    some = pictures[:: max(1, len(pictures) // 10)]
    outputs = {size: folder / part.task / f"predictions-{size}" for size in part.other_sizes}
    return tuple(
        predict(str(bundle), some, str(output), image_size=size, draw=True)
        for size, output in outputs.items()
    )
