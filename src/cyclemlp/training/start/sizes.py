"""The input sizes of training and validation."""

from __future__ import annotations

from timm.data import resolve_model_data_config
from torch import nn

from cyclemlp.bundle.predictor import check_size
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.training.settings.settings import Settings, Size


def preprocessings(
    network: nn.Module, task: Task, settings: Settings
) -> tuple[Preprocessing, Preprocessing]:
    """Return the preprocessing of the training images and that of the validation images.

    Raises:
        ValueError: the network does not accept one of the sizes.
    """
    backbone = task.backbone(network)
    train = _preprocessing(backbone, settings, settings.image_size or task.recipe.image_size)
    evaluation = _preprocessing(backbone, settings, settings.eval_size or train.image_size)
    probes = [task.batching.probe_size(p.image_size) for p in (train, evaluation)]
    _try_sizes(network, *probes)
    return train, evaluation


def _try_sizes(network: nn.Module, *sizes: tuple[int, int]) -> None:
    """Run the network on one image of each (height, width)."""
    network.eval()  # one image is too few for the statistics of batch norm
    for size in dict.fromkeys(sizes):
        check_size(network, size)
    network.train()


def _preprocessing(backbone: nn.Module, settings: Settings, size: Size | None) -> Preprocessing:
    """Return the model's preprocessing at another size.

    Args:
        backbone: a timm model.
        settings: may replace the crop.
        size: side, or (height, width), in pixels; None for the model's own.
    """
    config = resolve_model_data_config(backbone)
    height, width = (size, size) if isinstance(size, int) else size or config["input_size"][-2:]
    return Preprocessing(
        image_size=(height, width),
        crop_pct=config["crop_pct"] if settings.crop_pct is None else settings.crop_pct,
        interpolation=config["interpolation"],
        mean=config["mean"],
        std=config["std"],
    )
