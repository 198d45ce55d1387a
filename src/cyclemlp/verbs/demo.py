"""The verb ``demo``: from nothing to a trained, evaluated and used network in a few minutes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cyclemlp.data.samples import write_digits
from cyclemlp.data.transforms import Augmentation
from cyclemlp.outputs import output_folder
from cyclemlp.training.settings import Optim
from cyclemlp.verbs.evaluate import Evaluation, evaluate
from cyclemlp.verbs.predict import Predictions, predict
from cyclemlp.verbs.train import TrainResult, train

_GOAL = 0.97
_OTHER_SIZES = [44, 60]
# A digit is not its mirror image, and its crop must show most of it. The last feature maps are so
# small here, 2 x 2 at 64 px, that each size is a world of its own: several have to be learnt.
_RECIPE: dict[str, Any] = {
    "image_size": 48,
    "crop_pct": 1.0,
    "epochs": 24,
    "batch_size": 32,
    "lr": 2e-3,
    "ema": 0.99,
    "optim": Optim(warmup_epochs=2),
    "augment": Augmentation(scale=(0.5, 1.0), hflip=0.0, sizes=(32, 40, 48, 56, 64)),
}


@dataclass(frozen=True)
class Demo:
    """What the demo made.

    Attributes:
        training: the run.
        evaluation: at sizes it was not trained at.
        predictions: of some held-out files.
        seconds: all of it took.
    """

    training: TrainResult
    evaluation: Evaluation
    predictions: Predictions
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """All results, ready for JSON."""
        return {
            "training": self.training.to_dict(),
            "evaluation": self.evaluation.to_dict(),
            "predictions": self.predictions.to_dict(),
            "seconds": round(self.seconds, 1),
        }

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        run = self.training.run_dir
        yield self.predictions
        yield ""
        yield self.evaluation
        yield ""
        top1 = self.training.metrics["top1"]
        yield f"{top1:.1%} of held-out digits right, after {self.seconds:.0f} s in all"
        yield f"report    {run / 'report.html'}"
        yield f"pictures  {run / 'curves.png'}, {run / 'samples.png'}, {run / 'confusion.png'}"
        yield f"bundle    {run / 'bundle'}, for cyclemlp predict {run / 'bundle'} FILE …"


def demo(output: str | None = None, workers: int = 2) -> Demo:
    """Train on handwritten digits, evaluate at sizes never trained at, and predict some files.

    The digits are scikit-learn's (UCI's optical recognition data: 1797 scans), written out as
    class folders, so that the demo goes the way any data set goes.

    Args:
        output: folder to write into; by default a new one, runs/demo, runs/demo-2, ….
        workers: loading processes.

    Returns:
        All results.

    Raises:
        RuntimeError: fewer than 97 % of the held-out digits are right.
    """
    begun = time.perf_counter()
    folder = output_folder(output, "demo", "digits", overwrite=False)
    data = str(write_digits(folder / "digits"))
    training = train(
        data,
        model="cyclemlp_nano",
        output=str(folder / "run"),
        workers=workers,
        **_RECIPE,
    )
    bundle = str(training.bundle)
    evaluation = evaluate(
        bundle, data, image_size=_OTHER_SIZES, output=str(folder / "evaluation"), workers=workers
    )
    some = [str(path) for path in sorted(Path(data, "val").glob("*/*"))[::36]]
    predictions = predict(bundle, some, output=str(folder / "predictions"), top_k=3, draw=True)
    if training.metrics["top1"] < _GOAL:
        raise RuntimeError(
            f"the demo reached {training.metrics['top1']:.1%} on held-out digits, below "
            f"{_GOAL:.0%}: something is wrong with this installation; see {folder / 'run'}"
        )
    return Demo(training, evaluation, predictions, time.perf_counter() - begun)
