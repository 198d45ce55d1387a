"""The verb ``demo``: from nothing to trained, evaluated and used networks in a few minutes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cyclemlp.bundle.evaluation.result import Evaluation
from cyclemlp.bundle.predictions.summary import Predictions
from cyclemlp.console.folders import output_folder
from cyclemlp.data.generated.digits import write_digits
from cyclemlp.data.generated.scenes import write_scenes
from cyclemlp.data.transforms.classify import Augmentation
from cyclemlp.data.transforms.dense import DetectionAugmentation, SegmentationAugmentation
from cyclemlp.training.settings import Optim
from cyclemlp.verbs.evaluate import evaluate
from cyclemlp.verbs.predict import predict
from cyclemlp.verbs.train import TrainResult, train


@dataclass(frozen=True)
class Part:
    """One task of the demo.

    Attributes:
        title: what is shown.
        task: of `cyclemlp.tasks`.
        data: the folder of the data set, in the demo's.
        write: makes the data set in a folder.
        pictures: of the held-out ones to predict, as a pattern below the data set.
        figure: the held-out figure that must reach `goal`.
        goal: a fraction.
        other_sizes: to evaluate at, sides of squares in pixels. None is trained at; those of the
            dense tasks lie outside the range of scales that training draws from.
        recipe: further arguments of `cyclemlp.train`.
        start: the part whose backbone this one starts from; "" for none.
    """

    title: str
    task: str
    data: str
    write: Callable[[Path], Path]
    pictures: str
    figure: str
    goal: float
    other_sizes: tuple[int, ...]
    recipe: dict[str, Any] = field(default_factory=dict)
    start: str = ""


# A digit is not its mirror image, and its crop must show most of it. The last feature maps are so
# small here, 2 x 2 at 64 px, that each size is a world of its own: several have to be learnt.
_DIGITS = Part(
    "held-out digits right",
    "classify",
    "digits",
    write_digits,
    "val/*/*",
    "top1",
    0.97,
    (44, 60),
    {
        "image_size": 48,
        "crop_pct": 1.0,
        "epochs": 24,
        "batch_size": 32,
        "lr": 2e-3,
        "ema": 0.99,
        "optim": Optim(warmup_epochs=2),
        "augment": Augmentation(scale=(0.5, 1.0), hflip=0.0, sizes=(32, 40, 48, 56, 64)),
    },
)
_SEGMENTS = Part(
    "mean IoU of held-out scenes",
    "segment",
    "scenes",
    write_scenes,
    "images/val/*",
    "miou",
    0.7,
    (80, 280),
    {
        "image_size": (128, 160),
        "epochs": 14,
        "batch_size": 8,
        "lr": 3e-3,
        "ema": 0.97,
        "optim": Optim(schedule="poly", warmup_epochs=1),
        "augment": SegmentationAugmentation(scale=(0.6, 1.6), crop=(96, 96)),
        "task_args": {
            "decoder_args": {"decoder_pyramid_channels": 64, "decoder_segmentation_channels": 64}
        },
    },
)
# Two stages learn in fewer steps than one, and a backbone that knows the scenes in fewer still.
_OBJECTS = Part(
    "AP50 on held-out scenes",
    "detect",
    "scenes",
    write_scenes,
    "images/val/*",
    "ap50",
    0.7,
    (96, 240),
    {
        "image_size": (128, 160),
        "epochs": 9,
        "batch_size": 4,
        "lr": 2e-3,
        "ema": 0.98,
        "clip_grad": 10.0,
        "optim": Optim(warmup_epochs=0.5),
        "augment": DetectionAugmentation(scale=(0.8, 1.25)),
        "task_args": {
            "detector": "faster_rcnn",
            "channels": 64,
            "group_norm": True,
            "regions": 64,
            "anchor_scale": 0.7,
        },
    },
    start="segment",
)
_PARTS = (_DIGITS, _SEGMENTS, _OBJECTS)


@dataclass(frozen=True)
class Shown:
    """What one part made.

    Attributes:
        part: which.
        training: the run.
        evaluation: at sizes it was not trained at.
        predictions: of some held-out files, at each of these sizes.
    """

    part: Part
    training: TrainResult
    evaluation: Evaluation
    predictions: tuple[Predictions, ...]

    @property
    def reached(self) -> float:
        """The part's figure, at the size trained at."""
        return self.training.metrics[self.part.figure]

    @property
    def elsewhere(self) -> dict[int, float]:
        """The same figure at each other size."""
        scores = self.evaluation.sizes.values()
        figures = [score.figures[self.part.figure] for score in scores]
        return dict(zip(self.part.other_sizes, figures, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """All results, ready for JSON."""
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
    """What the demo made.

    Attributes:
        shown: by task.
        seconds: all of it took.
    """

    shown: dict[str, Shown]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """All results, ready for JSON."""
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

    Classification learns scikit-learn's handwritten digits (UCI's optical recognition data: 1797
    scans); the dense tasks learn generated scenes, objects of several classes on textured ground.
    All are written out as folders, so that the demo goes the way any data set goes.

    Args:
        output: folder to write into; by default a new one, runs/demo, runs/demo-2, ….
        workers: loading processes.

    Returns:
        All results.

    Raises:
        RuntimeError: a held-out figure is below what it should be.
    """
    begun = time.perf_counter()
    folder = output_folder(output, "demo", _PARTS[0].data, overwrite=False)
    shown = {part.task: _show(part, folder, workers) for part in _PARTS}
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
    """Some held-out files, at each other size."""
    pictures = sorted(map(str, (folder / part.data).glob(part.pictures)))
    some = pictures[:: max(1, len(pictures) // 10)]
    outputs = {size: folder / part.task / f"predictions-{size}" for size in part.other_sizes}
    return tuple(
        predict(str(bundle), some, str(output), image_size=size, draw=True)
        for size, output in outputs.items()
    )
