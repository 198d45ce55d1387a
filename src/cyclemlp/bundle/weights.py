"""A bundle's ``model.safetensors``, loaded so that whatever does not fit is said."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_model
from torch import nn

from cyclemlp.bundle.config import CONFIG_NAME, BundleConfig

WEIGHTS_NAME = "model.safetensors"
_LISTED = 8


def fill(network: nn.Module, path: Path, config: BundleConfig) -> None:
    """Load the weights of `path` into `network`, all of them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or its tensors are not the network's; the message lists them.
    """
    if not path.is_file():
        raise FileNotFoundError(f"the bundle has no weights: {path} is missing")
    misshapen = _misshapen(network, path)
    if misshapen and _only_the_classifier(misshapen, len(config.classes)):
        found = next(iter(misshapen.values()))[0][0]
        raise ValueError(
            f"{path} was trained for {found} classes and {path.parent / CONFIG_NAME} names "
            f"{len(config.classes)}; both must come from the same training"
        )
    if misshapen:
        listed = [f"{key} is {found}, not {wanted}" for key, (found, wanted) in misshapen.items()]
        raise ValueError(_unfit(path, config, {"misshapen": listed}))
    missing, unexpected = load_model(network, str(path), strict=False)
    if missing or unexpected:
        raise ValueError(
            _unfit(path, config, {"missing": sorted(missing), "unexpected": sorted(unexpected)})
        )


def _misshapen(
    network: nn.Module, path: Path
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Key -> (shape in the file, shape in the network) where these differ."""
    wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    try:
        with safe_open(str(path), framework="pt") as file:
            found = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118  # no mapping
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}); copy or save the bundle again") from error
    return {
        key: (found[key], shape)
        for key, shape in wanted.items()
        if key in found and found[key] != shape
    }


def _only_the_classifier(
    misshapen: dict[str, tuple[tuple[int, ...], tuple[int, ...]]], classes: int
) -> bool:
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
