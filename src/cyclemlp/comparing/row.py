"""The results of one run of a comparison."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cyclemlp.bundle.evaluation.robustness.errors import Robustness
from cyclemlp.comparing.plan import Planned
from cyclemlp.comparing.scoring import Sizes


@dataclass(frozen=True)
class Row:
    """A model trained with a seed, or the reason why it was not.

    Attributes:
        model: as the user named it.
        seed: of the run.
        run: the run's folder.
        sizes: scores at each input size; see `cyclemlp.comparing.scoring.Sizes`.
        epochs: number of epochs.
        best_epoch: the epoch that is bundled.
        seconds: duration of the training.
        processor_minutes: processor time of the training.
        refused: why the model could not be trained; None if it was.
        robustness: errors on corrupted images at the own size; None if they were not asked for.
    """

    model: str
    seed: int
    run: Path
    sizes: Sizes = field(default_factory=dict)
    epochs: int | None = None
    best_epoch: int | None = None
    seconds: float | None = None
    processor_minutes: float | None = None
    refused: str | None = None
    robustness: Robustness | None = None

    @classmethod
    def of(cls, run: Planned, sizes: Sizes) -> Row:
        """Read the files of a finished run."""
        metrics = json.loads((run.folder / "metrics.json").read_text(encoding="utf-8"))
        return cls(
            model=run.candidate.name,
            seed=run.settings.seed,
            run=run.folder,
            sizes=sizes,
            epochs=metrics["last"]["epoch"],
            best_epoch=metrics["best"]["epoch"],
            seconds=metrics["seconds"],
            processor_minutes=metrics["processor_seconds"] / 60,
        )

    @classmethod
    def refusal(cls, run: Planned, reason: str) -> Row:
        """Return the row of a model that cannot be trained."""
        one = run.candidate
        return cls(one.name, run.settings.seed, run.folder, refused=reason)

    @property
    def own(self) -> dict[str, Any]:
        """The scores at the training's evaluation size; empty if the model was refused."""
        return next((found["scores"] for found in self.sizes.values() if found["own"]), {})

    @property
    def errors(self) -> dict[str, float | None]:
        """The mean errors on corrupted images, without those relative to a missing baseline."""
        if self.robustness is None:
            return {}
        found: dict[str, float | None] = {"corruption_error": self.robustness.errors.mean_error}
        if self.robustness.baseline is not None:
            found |= {"mce": self.robustness.mce, "relative_mce": self.robustness.relative_mce}
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        content = asdict(replace(self, robustness=None)) | {"run": str(self.run)}
        del content["robustness"]
        if self.robustness is not None:
            content["corruptions"] = self.robustness.to_dict()
        return content

    def score(self, size: str, metric: str) -> float | None:
        """Return a metric at a size; None if the model does not take the size."""
        return self.sizes.get(size, {}).get("scores", {}).get(metric)
