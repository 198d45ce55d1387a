"""The network a run starts from: untrained, with given weights, or pretrained by timm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.settings.settings import Settings
from cyclemlp.training.start.weights import load_from, weights_file

_FILE_ENDINGS = (".pth", ".pt", ".ckpt", ".safetensors")


def create_network(task: Task, settings: Settings, trained: bool = False) -> nn.Module:
    """Build ``settings.model`` for `task`, load ``settings.weights``, and print what was loaded.

    Args:
        task: of the run.
        settings: of the run.
        trained: whether a checkpoint follows, so that no weights are loaded.

    Raises:
        FileNotFoundError: `weights` is neither a file, nor a folder with weights, nor a timm tag.
        ValueError: the weights do not fit, or the network does not support a setting.
    """
    source = settings.weights
    if source is None or Path(source).exists():
        network = task.build(settings.model, **settings.network_args)
        if source is not None and not trained:
            load_from(weights_file(Path(source)), task, network)
    elif trained:
        network = task.build(_tagged(settings.model, source), **settings.network_args)
    else:
        network = _pretrained(task, settings, source)
    if settings.grad_checkpointing:
        _checkpoint_gradients(task.backbone(network), settings.model)
    return network


def _pretrained(task: Task, settings: Settings, source: str) -> nn.Module:
    if "/" in source or source.endswith(_FILE_ENDINGS):
        raise FileNotFoundError(f"--weights {source}: there is no such file or folder")
    name = _tagged(settings.model, source)
    try:
        network = task.build(name, pretrained=True, **settings.network_args)
    except OSError as error:
        raise FileNotFoundError(
            f"--weights {source}: the pretrained weights of {name} cannot be fetched ({error}); "
            "check the connection, or give a local file"
        ) from error
    config = getattr(task.backbone(network), "pretrained_cfg", {})
    print_message(
        f"loaded timm's pretrained weights {config.get('architecture')}.{config.get('tag')}; "
        "--weights none starts from scratch"
    )
    return network


def _tagged(model: str, source: str) -> str:
    """Return timm's name of the model with the weights that ``timm`` or a tag means."""
    return model if source == "timm" else f"{model.partition('.')[0]}.{source}"


def _checkpoint_gradients(backbone: nn.Module, model: str) -> None:
    inner: Any = backbone if hasattr(backbone, "set_grad_checkpointing") else backbone.model
    try:
        inner.set_grad_checkpointing(True)
    except (AttributeError, AssertionError) as error:
        raise ValueError(
            f"--grad-checkpointing: {model} does not support it; leave it out"
        ) from error
