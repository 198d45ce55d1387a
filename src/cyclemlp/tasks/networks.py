"""timm's constructor with errors a user can act on."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import timm
from torch import nn

_UNKNOWN_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")


def create_network(model: str, **model_args: Any) -> nn.Module:
    """Build a timm model.

    Args:
        model: any name that timm knows, with or without a pretrained tag, or ``hf-hub:owner/name``.
        **model_args: go to the model's constructor.

    Raises:
        ValueError: timm has no such model (the message offers near names) or the model refuses an
            argument.
    """
    if ":" not in model and not timm.is_model(model):
        raise ValueError(_unknown_model(model))
    try:
        return timm.create_model(model, **model_args)
    except TypeError as error:
        unknown = _UNKNOWN_ARGUMENT.search(str(error))
        if unknown is None:
            raise
        raise ValueError(
            f"model {model!r} takes no argument {unknown[1]!r}; remove it from --model-args"
        ) from error
    except RuntimeError as error:
        if "pretrained tag" in str(error):
            raise ValueError(f"model {model!r}: {error} Its tags: {_tags(model)}") from error
        if "No pretrained weights" in str(error):
            raise ValueError(
                f"there are no pretrained weights of {model!r}; start without, or from a file"
            ) from error
        raise


def _unknown_model(model: str) -> str:
    base = model.partition(".")[0]
    near = get_close_matches(base, timm.list_models(), n=3)
    offer = (
        f"did you mean {' or '.join(near)}?" if near else "`cyclemlp models` lists this library's."
    )
    return (
        f"there is no model {model!r} among this library's and timm {timm.__version__}'s; {offer}"
    )


def _tags(model: str) -> str:
    base = model.partition(".")[0]
    return ", ".join(name.partition(".")[2] for name in timm.list_pretrained(f"{base}.*")) or "none"
