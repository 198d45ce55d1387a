"""A weight file of a classifier into a classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from timm.models import adapt_input_conv
from torch import nn

from cyclemlp.models.weights.fitting import differences, misfit_message
from cyclemlp.models.weights.reading import StateDict, read_state_dict
from cyclemlp.models.weights.released import checkpoint_filter_fn
from cyclemlp.models.weights.report import LoadReport


def load_weights(network: nn.Module, path: str | Path) -> LoadReport:
    """Load a weight file into any timm network, to start training from it.

    As in timm, a classifier of another size keeps its initial values, and the first convolution
    is adapted to other input channels. All other weights must match.

    Args:
        network: a timm model, ours or another.
        path: see `read_state_dict`.

    Returns:
        What was loaded and what was not.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file cannot be read, or weights do not fit; the message lists all of them.
    """
    report = LoadReport(Path(path))
    state_dict = _converted(read_state_dict(path), network, path)
    own = network.state_dict()
    _adapt(state_dict, own, network, report)
    problems = differences(state_dict, own, ())
    problems = [p for p in problems if p.removeprefix("missing ") not in report.adapted]
    if problems:
        raise ValueError(f"{path}: {misfit_message(type(network).__name__, problems)}")
    network.load_state_dict(state_dict, strict=False)  # missing weights were checked above
    report.loaded += [name for name in state_dict if name not in report.adapted]
    return report


def _converted(state_dict: StateDict, network: nn.Module, path: str | Path) -> StateDict:
    if not any(n.startswith("stages.0.blocks.0.mixer.width") for n in network.state_dict()):
        return state_dict
    try:
        return checkpoint_filter_fn(state_dict, network)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _adapt(state_dict: StateDict, own: StateDict, network: nn.Module, report: LoadReport) -> None:
    """Adapt the layers that timm's `pretrained_cfg` names as first convolution and classifier."""
    config: dict[str, Any] = getattr(network, "pretrained_cfg", None) or {}
    for name in _as_tuple(config.get("first_conv")):
        _adapt_first_conv(f"{name}.weight", state_dict, own, report)
    for layer in _as_tuple(config.get("classifier")):
        for part in ("weight", "bias"):
            _adapt_classifier(f"{layer}.{part}", state_dict, own, report)


def _as_tuple(names: Any) -> tuple[str, ...]:
    return () if not names else (names,) if isinstance(names, str) else tuple(names)


def _adapt_classifier(name: str, state_dict: StateDict, own: StateDict, report: LoadReport) -> None:
    if name in own and (name not in state_dict or state_dict[name].shape != own[name].shape):
        found = state_dict.pop(name, None)
        had = "none in the file" if found is None else f"{found.shape[0]} classes in the file"
        report.adapted[name] = f"{own[name].shape[0]} classes here, {had}: not loaded"
    elif name in state_dict and name not in own:
        del state_dict[name]
        report.unexpected.append(name)


def _adapt_first_conv(name: str, state_dict: StateDict, own: StateDict, report: LoadReport) -> None:
    if name not in state_dict or name not in own or state_dict[name].shape == own[name].shape:
        return
    had, wanted = state_dict[name].shape[1], own[name].shape[1]
    if state_dict[name].shape[2:] == own[name].shape[2:] and had != wanted:
        state_dict[name] = adapt_input_conv(wanted, state_dict[name], base_chans=had)
        report.adapted[name] = f"from {had} to {wanted} input channels, as timm does"
