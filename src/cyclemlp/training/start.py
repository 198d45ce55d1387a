"""The network a run starts from: untrained, or with weights from a file, a bundle or timm."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import nn

from cyclemlp.bundle.config import CONFIG_NAME, BundleConfig
from cyclemlp.data.messages import shown
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.models.weights.released import load_weights
from cyclemlp.models.weights.transfer import load_parts
from cyclemlp.tasks.common.backbones import create_network as create_backbone
from cyclemlp.tasks.contract import Task
from cyclemlp.training.say import say
from cyclemlp.training.settings import Settings

_BUNDLE_FILES = ("model.safetensors", "bundle/model.safetensors")


def model_args(settings: Settings) -> dict[str, Any]:
    """The constructor arguments that shape the network."""
    depth = {"drop_path_rate": settings.drop_path} if settings.drop_path else {}
    return depth | (settings.model_args or {})


def create_network(task: Task, settings: Settings) -> nn.Module:
    """Build ``settings.model`` for `task`, load ``settings.weights``, and say what was loaded.

    Raises:
        FileNotFoundError: `weights` is neither a file nor a folder with weights nor a timm tag.
        ValueError: the weights do not fit, or the network lacks what the settings ask of it.
    """
    source = settings.weights
    if source is None:
        network = task.build(settings.model, **model_args(settings))
    elif Path(source).exists():
        network = task.build(settings.model, **model_args(settings))
        _load(task, network, _weights_file(Path(source)))
    else:
        network = _pretrained(task, settings, source)
    if settings.grad_checkpointing:
        _checkpoint_gradients(task.backbone(network), settings.model)
    return network


def _load(task: Task, network: nn.Module, path: Path) -> None:
    backbone = task.backbone(network)
    config = _described(path)
    if config is not None:
        _compare(config, task, backbone, path)
    try:
        if backbone is network:
            say(str(load_weights(network, path)))
        else:
            say(str(load_parts(network, backbone, path)))
    except ValueError as error:
        raise ValueError(
            f"--weights {error} What the model is made with are --model and --model-args, such as "
            "--model-args.stepsize 7"
        ) from error


def _described(path: Path) -> BundleConfig | None:
    """What stands beside a bundle's weights; other tools have files of this name too."""
    file = path.with_name(CONFIG_NAME)
    with suppress(ValueError):
        return BundleConfig.read(file) if file.is_file() else None
    return None


def _compare(config: BundleConfig, task: Task, backbone: nn.Module, path: Path) -> None:
    """What a bundle's weights do not show: where their channels look, and what outputs mean."""
    arguments = config.model_args
    theirs = _moves(create_backbone(config.architecture, device="meta", **arguments))
    ours = _moves(backbone)
    if theirs != ours and len(theirs) == len(ours):
        raise ValueError(
            f"--weights {path}: its channels look elsewhere than this model's, by (stepsize, "
            f"phase) {sorted(set(theirs))} instead of {sorted(set(ours))}; give the --model-args "
            f"it was trained with, {arguments}"
        )
    alike = config.task == task.name and len(config.classes) == len(task.classes)
    if alike and config.classes != task.classes:
        say(
            f"note: {path} is of other classes, {shown(config.classes)}; its outputs now learn "
            f"{shown(task.classes)}"
        )


def _moves(network: nn.Module) -> list[tuple[int, str]]:
    """Stepsize and phase of each mixer; no mixers in networks that are not this library's."""
    mixers = (module for module in network.modules() if isinstance(module, CycleMixer))
    return [(mixer.stepsize, mixer.phase) for mixer in mixers]


def _weights_file(path: Path) -> Path:
    if path.suffix == ".ckpt":
        raise ValueError(
            f"--weights {path} is a run's checkpoint; give the run's folder, whose bundle is the "
            "best epoch, or continue the run with --resume"
        )
    if path.is_file():
        return path
    for name in _BUNDLE_FILES:
        if (path / name).is_file():
            return path / name
    raise FileNotFoundError(
        f"--weights {path} holds no bundle: neither {' nor '.join(_BUNDLE_FILES)} is in it"
    )


def _pretrained(task: Task, settings: Settings, source: str) -> nn.Module:
    if "/" in source or source.endswith((".pth", ".pt", ".ckpt", ".safetensors")):
        raise FileNotFoundError(f"--weights {source}: there is no such file or folder")
    name = settings.model if source == "timm" else f"{settings.model.partition('.')[0]}.{source}"
    try:
        network = task.build(name, pretrained=True, **model_args(settings))
    except OSError as error:
        raise FileNotFoundError(
            f"--weights {source}: the pretrained weights of {name} cannot be fetched ({error}); "
            "check the connection, or name a file that is here"
        ) from error
    config = getattr(task.backbone(network), "pretrained_cfg", {})
    say(f"loaded timm's pretrained weights {config.get('architecture')}.{config.get('tag')}")
    return network


def _checkpoint_gradients(backbone: nn.Module, model: str) -> None:
    inner: Any = backbone if hasattr(backbone, "set_grad_checkpointing") else backbone.model
    try:
        inner.set_grad_checkpointing(True)
    except (AttributeError, AssertionError) as error:
        raise ValueError(
            f"--grad-checkpointing: {model} does not support it; leave it out"
        ) from error
