"""Comparison of an exported network with PyTorch: differences, agreement, speed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

import numpy as np
import torch

from cyclemlp.benchmarking.timing import interleaved
from cyclemlp.bundle.bundle import Bundle
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.exporting.agreement import AGREEMENTS, computed, object_differences
from cyclemlp.exporting.heads import Exportable
from cyclemlp.exporting.inputs import compared_inputs
from cyclemlp.exporting.part import taken
from cyclemlp.exporting.recording import Recording, largest_difference, torch_engine
from cyclemlp.models.prepared import prepare
from cyclemlp.runtime.engines.engine import Engines

TOLERANCE = 1e-4
"""Largest accepted difference, as a share of the largest output, or of 1 if that is below 1."""
_SECONDS = 1.0  # of the speed measurement
# Of objects: a rounding error may decide which of two boxes suppresses the other.
_ENOUGH = 0.95


@dataclass(frozen=True)
class Check:
    """The comparison of one exported file with PyTorch.

    Attributes:
        difference: the largest difference of any output, as for `TOLERANCE`; of a graph that ends
            in objects, the largest one that 19 of 20 objects keep.
        agreement: what is compared of the predictions -> the smallest share that agrees.
        inputs: the compared shapes ``BxHxW``.
        speed_shape: of the images whose speed was measured, ``BxHxW``.
        pytorch_ms: median time of the bundle's network, as `predict` runs it: eager and prepared.
        exported_ms: median time of the exported network.
        threads: of both.
        objects: of a graph that ends in objects, how many were compared.
    """

    difference: float
    agreement: dict[str, float]
    inputs: tuple[str, ...]
    speed_shape: str
    pytorch_ms: float
    exported_ms: float
    threads: int
    objects: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Checker:
    """Compares exported files of one network with PyTorch.

    Attributes:
        pytorch: the parts of the network, computed by PyTorch.
        eager: PyTorch's whole network, with its own post-processing.
        task: name of the task.
        settings: of the predictions.
        preprocessing: of the network.
        dynamic: names of the axes that may vary.
        minimum: smallest side of an image, in pixels.
        ends_in_objects: whether the outputs are objects, whose number depends on the image.
    """

    pytorch: Engines
    eager: Callable[[np.ndarray], Any]
    task: str
    settings: Mapping[str, Any]
    preprocessing: Preprocessing
    dynamic: Sequence[str]
    minimum: int
    ends_in_objects: bool

    @classmethod
    def of(cls, bundle: Bundle, content: Exportable, dynamic: Sequence[str]) -> Checker:
        """Return the comparison with a bundle's network.

        Args:
            bundle: the bundle.
            content: what is exported of it.
            dynamic: names of the axes that may vary.
        """
        pytorch = {name: torch_engine(part) for name, part in content.parts.items()}
        config = bundle.config
        return cls(
            pytorch,
            _eager(bundle),
            config.task,
            content.settings,
            config.preprocessing,
            dynamic,
            content.minimum,
            content.ends_in_objects,
        )

    def check(self, exported: Engines) -> Check:
        """Compare an exported network with PyTorch's, on the same images."""
        compare = self._objects if self.ends_in_objects else self._outputs
        name, agreement = AGREEMENTS[self.task]
        apart, shares, shapes = [], [], []
        for images in compared_inputs(self.preprocessing, self.dynamic, self.minimum):
            ours, theirs, differences = compare(exported, images)
            apart.append(differences)
            shares.append(agreement(ours, theirs))
            shapes.append(_shown(images.shape))
        every = np.sort(np.concatenate(apart))
        objects = len(every) if self.ends_in_objects else None
        kept = every[: ceil(_ENOUGH * objects)] if objects is not None else every
        difference = float(kept.max(initial=0))
        speed = self._speed(exported)
        different = tuple(dict.fromkeys(shapes))
        return Check(difference, {name: min(shares)}, different, *speed, objects)

    def _outputs(self, exported: Engines, images: np.ndarray) -> tuple[Any, Any, np.ndarray]:
        """Return both predictions, and the largest difference of a part's outputs.

        Each part gets the inputs that PyTorch's had.
        """
        recording = Recording(self.pytorch)
        ours = computed(recording.engines, self.task, self.settings, images)
        differences = np.array([largest_difference(recording, exported)])
        return ours, computed(exported, self.task, self.settings, images), differences

    def _objects(self, exported: Engines, images: np.ndarray) -> tuple[Any, Any, np.ndarray]:
        """Return both predictions, and the differences of the objects."""
        found = self.eager(images)
        ours = [{name: values.numpy() for name, values in one.items()} for one in found]
        theirs = computed(exported, self.task, self.settings, images)
        return ours, theirs, object_differences(ours, theirs)

    def _speed(self, exported: Engines) -> tuple[str, float, float, int]:
        own = self.preprocessing.image_size
        batch, height, width = taken(1, own, own, self.dynamic)
        images = np.zeros((batch, 3, height, width), np.float32)
        calls = {
            "pytorch": lambda: self.eager(images),
            "exported": lambda: computed(exported, self.task, self.settings, images),
        }
        times = interleaved(calls, torch.device("cpu"), _SECONDS)
        ours, theirs = (round(1000 * times[name].median, 3) for name in calls)
        return _shown(images.shape), ours, theirs, torch.get_num_threads()


def _eager(bundle: Bundle) -> Callable[[np.ndarray], Any]:
    """Return a function from images ``(B, 3, H, W)`` to the outputs of the bundle's network."""
    task, network = bundle.task(), prepare(bundle.network)

    def run(images: np.ndarray) -> Any:
        with torch.inference_mode():
            return task.infer(network, task.batching.join(list(torch.from_numpy(images))))

    return run


def _shown(shape: Sequence[int]) -> str:
    return "x".join(str(side) for side in (shape[0], *shape[2:]))
