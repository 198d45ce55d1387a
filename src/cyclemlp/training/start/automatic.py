"""The settings whose value is ``auto``, before a run's folder is opened."""

from __future__ import annotations

from dataclasses import replace

import yaml

from cyclemlp.tasks.common.backbones import require_model
from cyclemlp.training.lightning.first_process import print_message
from cyclemlp.training.run.folder import RunFolder
from cyclemlp.training.settings.settings import AUTO, Settings
from cyclemlp.training.start.available import pretrained_config, why_not_available

_CHOSEN = ("weights", "batch_size")
# Arguments that do not change what the weights mean.
_HARMLESS = {"drop_path_rate", "drop_rate", "proj_drop_rate", "attn_drop_rate", "in_chans"}


def as_before(settings: Settings) -> Settings:
    """Return the settings of a resumed run with what ``auto`` meant when it was started.

    Args:
        settings: of the run.
    """
    config = RunFolder(settings.run_dir).config
    if not settings.resume or not config.is_file():
        return settings
    before = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    chosen = [name for name in _CHOSEN if getattr(settings, name) == AUTO and name in before]
    return replace(settings, **{name: before[name] for name in chosen})


def choose_weights(settings: Settings) -> Settings:
    """Return the settings with the weights that ``auto`` means; None stands for an untrained start.

    What is chosen is printed.

    Args:
        settings: of the run.
    """
    if settings.weights != AUTO:
        return settings
    if ":" in settings.model:  # a model of the Hub, which comes with its weights
        return replace(settings, weights="timm")
    require_model(settings.model)
    config, reason = pretrained_config(settings.model), None
    if config is None:
        reason = "it has no released weights"
    elif changes := (settings.model_args or {}).keys() - _HARMLESS:
        reason = f"--model-args.{min(changes)} makes it another network than the released one"
    else:
        reason = why_not_available(config)
    if reason is None:
        assert config is not None
        return replace(settings, weights=config.tag or "timm")
    print_message(
        f"note: {settings.model} starts from scratch: {reason}. This needs many more images and "
        "epochs than fine-tuning; --weights takes a file, a run's folder or a tag of timm"
    )
    return replace(settings, weights=None)
