"""A bundle's errors under corruptions, beside those of a baseline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.evaluation.robustness.baseline import baseline_errors, has_errors
from cyclemlp.bundle.evaluation.robustness.errors import Errors, Robustness
from cyclemlp.bundle.evaluation.robustness.files import Store
from cyclemlp.bundle.evaluation.robustness.measuring import Asked, Scored, check_task, measure
from cyclemlp.bundle.finding import find_bundle
from cyclemlp.data.split import Split


def measure_robustness(
    scored: Scored,
    clean: float,
    asked: Asked,
    folder: Path,
    fresh: bool,
    baseline: Callable[[Errors], Errors] | None,
) -> Robustness:
    """Return the errors, and write them; see `Store` for the files.

    Args:
        scored: network and images.
        clean: headline score of the images as they are.
        asked: which corruptions.
        folder: of the files.
        fresh: whether errors that are there are replaced.
        baseline: returns the baseline's errors under the same corruptions.
    """
    store = Store(folder, fresh)
    errors = measure(scored, clean, asked, store)
    robustness = Robustness(errors, None if baseline is None else baseline(errors))
    store.write(errors, robustness.to_dict())
    return robustness


class Baseline:
    """The errors of a baseline, computed if its folder has none.

    Args:
        name: a bundle, or the folder of an evaluation.
        open_images: returns the images in the order of a bundle's classes.
        asked: which corruptions.
        folder: of the files of computed errors.
        fresh: whether errors that are there are replaced.

    Raises:
        FileNotFoundError: there is no such bundle.
        ValueError: the bundle's task has no error under corruptions.
    """

    def __init__(
        self,
        name: str,
        open_images: Callable[[Bundle], Split],
        asked: Asked,
        folder: Path,
        fresh: bool,
    ) -> None:
        self._name, self._open_images, self._asked = name, open_images, asked
        self._store = Store(folder, fresh)
        self._bundle: Bundle | None = None
        if not has_errors(name):
            self._bundle = Bundle.from_pretrained(find_bundle(name))
            check_task(self._bundle.task(), self._bundle.config.preprocessing)

    def errors(self, scored: Scored, own: Errors) -> Errors:
        """Return the errors under the same corruptions as `own`, which are those of `scored`."""

        def load() -> Scored:
            bundle = self._bundle
            assert bundle is not None
            device = next(scored.network.parameters()).device
            images = self._open_images(bundle)
            return Scored(
                self._name,
                bundle.network.to(device),
                bundle.task(),
                bundle.config.preprocessing,
                images,
            )

        return baseline_errors(self._name, load, own, self._asked, self._store)
