"""The files of a bundle: reading them to a network, and writing them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from torch import nn

from cyclemlp.bundle.card import CARD_NAME, SAMPLES_NAME, model_card
from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.exported import exported_network, is_exported_network
from cyclemlp.bundle.names import CONFIG_NAME, WEIGHTS_NAME
from cyclemlp.bundle.timm_config import timm_keys
from cyclemlp.bundle.weights import load_weights, save_weights
from cyclemlp.runtime.config import is_exported
from cyclemlp.tasks import create_task
from cyclemlp.tasks.contract import Task


def task_of(config: BundleConfig, **settings: Any) -> Task:
    """Return the task that a bundle describes; `settings` replace those of the bundle."""
    return create_task(
        config.task, config.classes, config.colors or (), config.task_args | settings
    )


def read_files(place: Path) -> tuple[nn.Module, BundleConfig]:
    """Read a network and its description.

    Args:
        place: a bundle's folder, or an exported network's folder or file.

    Raises:
        FileNotFoundError: a file of the bundle is missing.
        ValueError: see `Bundle.from_pretrained`.
    """
    folder = place if place.is_dir() else place.parent
    config = BundleConfig.read(folder / CONFIG_NAME)
    if is_exported(folder):
        return exported_network(place), config
    network = _build(config, folder / CONFIG_NAME)
    load_weights(network, folder / WEIGHTS_NAME, config)
    return network.eval(), config


def _build(config: BundleConfig, path: Path) -> nn.Module:
    try:
        return task_of(config).build(config.architecture, **config.model_args)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write_files(folder: Path, network: nn.Module, config: BundleConfig) -> None:
    """Write the weights, the description and the model card.

    Args:
        folder: exists.
        network: to save.
        config: its description.

    Raises:
        ValueError: the network was exported.
    """
    if is_exported_network(network):
        raise ValueError("an exported network has no weights to save; copy its folder")
    save_weights(network, folder / WEIGHTS_NAME)
    (folder / CONFIG_NAME).write_text(config.to_json(timm_keys(config)), encoding="utf-8")
    model_card(config).save(folder / CARD_NAME)
    # safetensors makes its file readable by the owner only, unlike the other files
    shutil.copymode(folder / CONFIG_NAME, folder / WEIGHTS_NAME)


def copy_samples(picture: Path, folder: Path) -> None:
    """Copy the PNG of sample predictions that a model card shows.

    Raises:
        FileNotFoundError: there is no such PNG file.
    """
    if not picture.is_file() or picture.suffix.lower() != ".png":
        raise FileNotFoundError(
            f"samples is a PNG file of sample predictions, got {picture}; give a training run's "
            f"{SAMPLES_NAME}, or leave it out"
        )
    shutil.copyfile(picture, folder / SAMPLES_NAME)
