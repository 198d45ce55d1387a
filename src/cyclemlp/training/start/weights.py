"""Initial weights from a file, a bundle or another run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from torch import nn

from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.names import CONFIG_NAME, WEIGHTS_NAME
from cyclemlp.data.messages import shown
from cyclemlp.models.mixer import CycleMixer
from cyclemlp.models.weights.loading import load_weights
from cyclemlp.models.weights.reading import UnreadableError
from cyclemlp.models.weights.transfer import load_parts
from cyclemlp.tasks.common.backbones import create_network as create_backbone
from cyclemlp.tasks.contract import Task
from cyclemlp.training.lightning.first_process import print_message

_IN_FOLDER = (WEIGHTS_NAME, f"bundle/{WEIGHTS_NAME}")


def weights_file(path: Path) -> Path:
    """Return the weights file that `path`, a file or the folder of a bundle or run, stands for.

    Raises:
        FileNotFoundError: the folder has no weights.
        ValueError: the file is a checkpoint of a run.
    """
    if path.suffix == ".ckpt":
        raise ValueError(
            f"--weights {path} is a run's checkpoint; give the run's folder, which holds the best "
            "epoch's bundle, or resume the run with --resume"
        )
    if path.is_file():
        return path
    for name in _IN_FOLDER:
        if (path / name).is_file():
            return path / name
    raise FileNotFoundError(
        f"--weights {path} holds no bundle: neither {' nor '.join(_IN_FOLDER)} is in it"
    )


def load_from(path: Path, task: Task, network: nn.Module) -> None:
    """Load the weights of a file into `network`, and print what was loaded.

    Raises:
        ValueError: the weights do not fit the network.
    """
    backbone = task.backbone(network)
    _check_config(path, task, backbone)
    try:
        if backbone is network:
            print_message(str(load_weights(network, path)))
        else:
            print_message(str(load_parts(network, backbone, path)))
    except ValueError as error:
        if isinstance(error, UnreadableError):
            raise ValueError(f"--weights: {error}") from error
        raise ValueError(
            f"--weights {error} Set the model with --model and --model-args, e.g. "
            "--model-args.stepsize 7"
        ) from error


def _check_config(path: Path, task: Task, backbone: nn.Module) -> None:
    """Compare channel offsets and classes, which the shapes of the weights do not show."""
    config = _bundle_config(path)
    if config is not None:
        _check_offsets(config, backbone, path)
        _check_classes(config, task, path)


def _bundle_config(path: Path) -> BundleConfig | None:
    """Return the configuration beside a bundle's weights, or None if there is none."""
    file = path.with_name(CONFIG_NAME)
    with suppress(ValueError):  # other tools write files of this name too
        return BundleConfig.read(file) if file.is_file() else None
    return None


def _check_offsets(config: BundleConfig, backbone: nn.Module, path: Path) -> None:
    arguments = config.model_args
    theirs = _offsets(create_backbone(config.architecture, device="meta", **arguments))
    ours = _offsets(backbone)
    if theirs != ours and len(theirs) == len(ours):
        found, wanted = (sorted(set(offsets), key=str) for offsets in (theirs, ours))
        raise ValueError(
            f"--weights {path}: its channel offsets differ from this model's, (stepsize, phase) "
            f"{found} instead of {wanted}; give the --model-args it was trained with, {arguments}"
        )


def _offsets(network: nn.Module) -> list[tuple[int | tuple[int, int], str]]:
    """Return stepsize and phase of each CycleMLP mixer; they decide the offsets of channels."""
    mixers = (module for module in network.modules() if isinstance(module, CycleMixer))
    return [(mixer.stepsize, mixer.phase) for mixer in mixers]


def _check_classes(config: BundleConfig, task: Task, path: Path) -> None:
    alike = config.task == task.name and len(config.classes) == len(task.classes)
    if alike and config.classes != task.classes:
        print_message(
            f"note: {path} was trained for other classes, {shown(config.classes)}; its outputs are "
            f"now trained for {shown(task.classes)}"
        )
