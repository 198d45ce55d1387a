"""A bundle's ``model.safetensors``: writing it, and loading it with a check of every tensor."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model, save_model
from torch import nn

from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.names import CONFIG_NAME

_LISTED = 8

Shapes = dict[str, tuple[tuple[int, ...], tuple[int, ...]]]
"""Key -> (shape in the file, shape in the network), for tensors whose shapes differ."""


def save_weights(network: nn.Module, path: Path) -> None:
    """Write the weights of `network` to `path`.

    Raises:
        OSError: the file cannot be written, e.g. because the disk is full.
    """
    try:
        save_model(network, str(path), metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(f"cannot write {path}: {error}") from error


def load_weights(network: nn.Module, path: Path, config: BundleConfig) -> None:
    """Load all weights of `path` into `network`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or its tensors do not fit the network; the message lists
            those that do not fit.
    """
    if not path.is_file():
        raise FileNotFoundError(f"the bundle has no weights: {path} is missing")
    misshapen = _misshapen(network, path)
    if misshapen:
        raise ValueError(_wrong_shapes(misshapen, path, config))
    missing, unexpected = load_model(network, str(path), strict=False)
    if missing or unexpected:
        raise ValueError(
            _unfit(path, config, {"missing": sorted(missing), "unexpected": sorted(unexpected)})
        )


def _misshapen(network: nn.Module, path: Path) -> Shapes:
    found = _shapes_in_file(path)
    wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    return {
        key: (found[key], shape)
        for key, shape in wanted.items()
        if key in found and found[key] != shape
    }


def _shapes_in_file(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with safe_open(str(path), framework="pt") as file:
            return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118  # not a mapping
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}); copy or save the bundle again") from error


def _wrong_shapes(misshapen: Shapes, path: Path, config: BundleConfig) -> str:
    if _only_the_classifier(misshapen, len(config.classes)):
        found = next(iter(misshapen.values()))[0][0]
        return (
            f"{path} was trained for {found} classes and {path.parent / CONFIG_NAME} names "
            f"{len(config.classes)}; both must come from the same training"
        )
    listed = [f"{key} is {found}, not {wanted}" for key, (found, wanted) in misshapen.items()]
    return _unfit(path, config, {"misshapen": listed})


def _only_the_classifier(misshapen: Shapes, classes: int) -> bool:
    firsts = {found[0] for found, _ in misshapen.values()}
    return len(firsts) == 1 and all(
        wanted[0] == classes and found[1:] == wanted[1:] for found, wanted in misshapen.values()
    )


def _unfit(path: Path, config: BundleConfig, faults: dict[str, list[str]]) -> str:
    parts = [f"{len(keys)} {fault} ({_shortened(keys)})" for fault, keys in faults.items() if keys]
    return (
        f"the weights in {path} do not fit {config.architecture} with {len(config.classes)} "
        f"classes: {'; '.join(parts)}; architecture and model_args in "
        f"{path.parent / CONFIG_NAME} must be those it was trained with"
    )


def _shortened(keys: list[str]) -> str:
    rest = len(keys) - _LISTED
    return ", ".join(keys[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
