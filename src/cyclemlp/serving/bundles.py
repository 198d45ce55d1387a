"""Bundles and exported networks as models of the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.exported import is_exported_network
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.models.influence import feature_maps
from cyclemlp.runtime.config import read_config
from cyclemlp.runtime.finding import located
from cyclemlp.serving.explaining import Region, shown_region
from cyclemlp.tasks import get_recipe
from cyclemlp.tasks.detection.objects import ObjectTask

_KEPT = 64  # predictors; they share the network
_SIZES = frozenset({"window", "overlap", "scales"})  # settings that change the input's size


class ServedNetwork:
    """A network that stays in memory; see `Servable`.

    Args:
        name: the name by which requests choose it.
        bundle: the trained network, or an exported one.
        device: where the network runs.
        max_batch: pictures in one forward pass.
        fixed: names of the task's settings that this network does not take.
    """

    def __init__(
        self,
        name: str,
        bundle: Bundle,
        device: str,
        max_batch: int,
        fixed: frozenset[str] = frozenset(),
    ) -> None:
        self.name = name
        self.task = bundle.config.task
        self.settings = _settings(self.task) - fixed
        self._bundle, self._device, self._max_batch = bundle, device, max_batch
        self._kept: Callable[..., Predictor] = lru_cache(_KEPT)(self._new)
        self._default = self._kept()
        self.classes = self._default.classes
        self.colors = self._default.task.colors

    @property
    def parallel(self) -> bool:
        """False: an engine computes one batch at a time, with threads of its own."""
        return False

    def predictor(self, settings: Mapping[str, Any]) -> Predictor:
        """Return a predictor with these settings; see `Servable.predictor`."""
        return self._kept(*sorted(settings.items()))

    def _new(self, *settings: tuple[str, Any]) -> Predictor:
        task, preprocessing = self._bundle.task(**dict(settings)), self._bundle.config.preprocessing
        network = self._bundle.network
        return Predictor(network, task, preprocessing, self._device, None, self._max_batch)

    def describe(self) -> dict[str, Any]:
        """Return name, task, architecture, classes, input size and device."""
        config = self._bundle.config
        return {
            "name": self.name,
            "task": self.task,
            "architecture": config.architecture,
            "classes": list(self.classes),
            "image_size": list(config.preprocessing.image_size),
            "device": str(self._default.device),
        }

    def probe(self) -> Image.Image:
        """Return a gray picture of the preprocessing's size."""
        height, width = self._bundle.config.preprocessing.image_size
        return Image.new("RGB", (width, height), (127, 127, 127))


class ServedBundle(ServedNetwork):
    """A network of this library, whose inside can be seen; see `Explains`."""

    @property
    def parallel(self) -> bool:
        """True on the CPU, except for detectors, which hold the limits of one prediction."""
        on_cpu = self._default.device.type == "cpu"
        return on_cpu and not isinstance(self._default.task, ObjectTask)

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the feature maps of the backbone; see `Explains.features`."""
        backbone = self._default.task.backbone(self._default.network)
        return feature_maps(backbone, image.to(self._default.device))

    def region(self, size: tuple[int, int]) -> Region:
        """Return what the network's input shows of a picture; see `Explains.region`."""
        return shown_region(self._default, size)


def load_bundle(name: str, place: Path, device: str, max_batch: int) -> ServedNetwork:
    """Load a network for the service.

    Args:
        name: the name by which requests choose it.
        place: a bundle's folder, or an exported network's folder or file.
        device: where a bundle's network runs; an exported one runs on the CPU.
        max_batch: pictures in one forward pass.

    Raises:
        FileNotFoundError: a file is missing.
        ImportError: no library is installed for the exported network.
        ValueError: the network cannot be used; the message says why.
    """
    bundle = Bundle.from_pretrained(place)
    if not is_exported_network(bundle.network):
        return ServedBundle(name, bundle, device, max_batch)
    any_size = {"height", "width"} <= set(read_config(located(place)[0]).dynamic)
    return ServedNetwork(name, bundle, "cpu", max_batch, frozenset() if any_size else _SIZES)


def _settings(task: str) -> frozenset[str]:
    return frozenset(one.name for one in fields(get_recipe(task).predict_settings))
