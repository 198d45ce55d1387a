"""An exported network as a module of torch, with which tasks evaluate and predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cyclemlp.runtime.config import FIRST_PART, damaged_config, read_config
from cyclemlp.runtime.decoding.objects import Objects, open_objects
from cyclemlp.runtime.engines.choosing import open_engines
from cyclemlp.runtime.engines.engine import Engine, Engines
from cyclemlp.runtime.finding import located
from cyclemlp.tasks.detection.found import Found
from cyclemlp.tasks.detection.settings import Limits


def exported_network(path: Path) -> nn.Module:
    """Open an exported network.

    Args:
        path: a folder of exported files, or one of the files in it.

    Raises:
        ImportError: no library is installed for the formats in the folder.
        ValueError: a file is damaged.
    """
    folder, format = located(path)
    config = read_config(folder)
    engines = open_engines(config, format, torch.get_num_threads())
    with damaged_config(folder):
        return as_module(config.task, engines, config.settings)


def as_module(task: str, engines: Engines, settings: Mapping[str, Any]) -> nn.Module:
    """Return a module of torch that computes with engines.

    Args:
        task: name of the task.
        engines: the parts of the network.
        settings: of the predictions.
    """
    if task in ("classify", "segment"):
        return ExportedNetwork(engines[FIRST_PART])
    return ExportedDetector(open_objects(engines, settings))


class ExportedNetwork(nn.Module):
    """From images ``(B, 3, H, W)`` to the exported network's logits, for prediction only.

    Args:
        engine: computes the network, on the CPU.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        self.place = _place()

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits."""
        (logits,) = self._engine(images.cpu().float().numpy())
        return torch.from_numpy(logits).to(images.device)


class ExportedDetector(nn.Module):
    """From images ``(B, 3, H, W)`` to a `Found` for each, for prediction only.

    Args:
        objects: computes the objects, on the CPU.
    """

    def __init__(self, objects: Objects) -> None:
        super().__init__()
        self._objects = objects
        self.place = _place()

    def limit(self, limits: Limits) -> None:
        """Set which objects the next predictions hold."""
        self._objects.settings |= asdict(limits)

    def forward(self, images: Tensor) -> list[Found]:
        """Find the objects of each image."""
        found = self._objects(images.cpu().float().numpy())
        return [
            {name: torch.from_numpy(values).to(images.device) for name, values in one.items()}
            for one in found
        ]


def is_exported_network(network: nn.Module) -> bool:
    """Return whether a module computes with an exported network, and so has no weights."""
    return isinstance(network, ExportedNetwork | ExportedDetector)


def _place() -> nn.Parameter:
    """Return an empty parameter, whose device is the one on which inputs are prepared."""
    return nn.Parameter(torch.empty(0), requires_grad=False)
