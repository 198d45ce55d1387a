"""A network's errors under corruptions, beside those of a baseline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.robustness.baseline import baseline_errors
from cyclemlp.bundle.evaluation.robustness.errors import Robustness
from cyclemlp.bundle.evaluation.robustness.files import Baseline, Store
from cyclemlp.bundle.evaluation.robustness.measuring import Asked, Scored, measure
from cyclemlp.data.split import Split


class RobustnessRun:
    """The measurement of errors under corruptions, checked before it begins.

    Args:
        scored: network and images.
        asked: which corruptions.
        folder: of the files, see `Store`; those of a computed baseline are in ``baseline`` in it.
        fresh: whether errors that are there are replaced.
        baseline: from `find_baseline`; None for no baseline.
        open_images: returns the images in the order of the baseline's classes.

    Raises:
        ValueError: the baseline cannot be compared.
    """

    def __init__(
        self,
        scored: Scored,
        asked: Asked,
        folder: Path,
        fresh: bool,
        baseline: Baseline | None,
        open_images: Callable[[Bundle], Split],
    ) -> None:
        self._scored, self._asked, self._store = scored, asked, Store(folder, fresh)
        self._baseline = None
        if baseline is not None:
            store = Store(folder / "baseline", fresh)
            self._baseline = baseline_errors(baseline, scored, asked, open_images, store)

    def measure(self, clean: float) -> Robustness:
        """Return the errors, and write them.

        Args:
            clean: headline score of the images as they are.

        Raises:
            ValueError: the folder has errors of something else.
        """
        errors = measure(self._scored, clean, self._asked, self._store)
        robustness = Robustness(errors, None if self._baseline is None else self._baseline())
        self._store.write(errors, robustness.to_dict())
        return robustness
