"""Bundles as models of the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.models.influence import feature_maps
from cyclemlp.serving.explaining import Region, shown_region
from cyclemlp.tasks import get_recipe


class ServedBundle:
    """A bundle whose network stays in memory; see `Servable`.

    Args:
        name: the name by which requests choose it.
        bundle: the trained network.
        device: where the network runs.
        max_batch: pictures in one forward pass.
    """

    def __init__(self, name: str, bundle: Bundle, device: str, max_batch: int) -> None:
        self.name = name
        self.task = bundle.config.task
        self.settings = frozenset(f.name for f in fields(get_recipe(self.task).predict_settings))
        self._bundle, self._max_batch = bundle, max_batch
        self._default = Predictor(
            bundle.network, bundle.task(), bundle.config.preprocessing, device, None, max_batch
        )
        self.classes = self._default.classes
        self.colors = self._default.task.colors

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the feature maps of the backbone; see `Explains.features`."""
        backbone = self._default.task.backbone(self._default.network)
        return feature_maps(backbone, image.to(self._default.device))

    def region(self, size: tuple[int, int]) -> Region:
        """Return what the network's input shows of a picture; see `Explains.region`."""
        return shown_region(self._default, size)

    def predictor(self, settings: Mapping[str, Any]) -> Predictor:
        """Return a predictor with these settings; see `Servable.predictor`."""
        if not settings:
            return self._default
        return Predictor(
            self._bundle.network,
            self._bundle.task(**settings),
            self._bundle.config.preprocessing,
            self._default.device,
            None,
            self._max_batch,
        )

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


def load_bundle(name: str, folder: Path, device: str, max_batch: int) -> ServedBundle:
    """Load a bundle for the service.

    Raises:
        FileNotFoundError: a file of the bundle is missing.
        ValueError: the bundle cannot be used; the message says why.
    """
    return ServedBundle(name, Bundle.from_pretrained(folder), device, max_batch)
