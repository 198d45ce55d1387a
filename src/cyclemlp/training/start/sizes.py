"""The input sizes of training and validation."""

from __future__ import annotations

from timm.data import resolve_model_data_config
from torch import nn

from cyclemlp.bundle.predictor import check_size
from cyclemlp.data.images.channels import RGB
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task
from cyclemlp.training.settings.settings import Settings, Size


def preprocessings(
    network: nn.Module, task: Task, settings: Settings, channels: int = 3
) -> tuple[Preprocessing, Preprocessing]:
    """Return the preprocessing of the training images and that of the validation images.

    Args:
        network: untrained or not.
        task: of the network.
        settings: of the run.
        channels: of the images. For other than 3, mean and std are 0 and 1 until `normalized`
            measures them.

    Raises:
        ValueError: the network does not accept one of the sizes.
    """
    backbone = task.backbone(network)
    size = settings.image_size or task.recipe.image_size
    train = _preprocessing(backbone, settings, size, channels)
    evaluation = _preprocessing(
        backbone, settings, settings.eval_size or train.image_size, channels
    )
    probes = [task.batching.probe_size(p.image_size) for p in (train, evaluation)]
    _try_sizes(network, channels, *probes)
    return train, evaluation


def _try_sizes(network: nn.Module, channels: int, *sizes: tuple[int, int]) -> None:
    """Run the network on one image of each (height, width)."""
    network.eval()  # one image is too few for the statistics of batch norm
    for size in dict.fromkeys(sizes):
        check_size(network, size, channels)
    network.train()


def _preprocessing(
    backbone: nn.Module, settings: Settings, size: Size | None, channels: int
) -> Preprocessing:
    """Return the model's preprocessing at another size.

    Args:
        backbone: a timm model.
        settings: may replace the crop.
        size: side, or (height, width), in pixels; None for the model's own.
        channels: of the images.
    """
    config = resolve_model_data_config(backbone)
    height, width = (size, size) if isinstance(size, int) else size or config["input_size"][-2:]
    return Preprocessing(
        image_size=(height, width),
        crop_pct=config["crop_pct"] if settings.crop_pct is None else settings.crop_pct,
        interpolation=config["interpolation"],
        mean=config["mean"] if channels == RGB else (0.0,) * channels,
        std=config["std"] if channels == RGB else (1.0,) * channels,
    )
