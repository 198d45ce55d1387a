"""timm models, created with errors that tell the user what to change."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

import timm
from torch import nn

# What constructors of timm raise for arguments of a wrong type or length.
_OF_ARGUMENTS = (TypeError, AttributeError, AssertionError, LookupError, ArithmeticError)
_UNKNOWN_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")
_FIXED_ARGUMENT = re.compile(r"multiple values for keyword argument '(\w+)'")


def create_network(model: str, **model_args: Any) -> nn.Module:
    """Create a timm model.

    Args:
        model: a timm name, with or without a pretrained tag, or ``hf-hub:owner/name``.
        **model_args: constructor arguments of the model.

    Raises:
        ValueError: timm has no such model (the message suggests similar names), or the model does
            not take an argument.
    """
    require_model(model)
    try:
        return timm.create_model(model, **model_args)
    except _OF_ARGUMENTS as error:
        raise ValueError(_refused(model, model_args, error)) from error
    except RuntimeError as error:
        if "pretrained tag" in str(error):
            raise ValueError(f"model {model!r}: {error} Its tags: {_tags(model)}") from error
        if "No pretrained weights" in str(error):
            raise ValueError(
                f"there are no pretrained weights of {model!r}; remove --weights, or give it a file"
            ) from error
        raise


def require_model(model: str) -> None:
    """Check that timm knows a model; names of the form ``source:name`` are not checked.

    Raises:
        ValueError: timm has no such model; the message suggests similar names.
    """
    if ":" in model or timm.is_model(model):
        return
    near = get_close_matches(model.partition(".")[0], timm.list_models(), n=3)
    offer = (
        f"did you mean {' or '.join(near)}?" if near else "`cyclemlp models` lists this library's."
    )
    raise ValueError(
        f"there is no model {model!r} among this library's and timm {timm.__version__}'s; {offer}"
    )


def _refused(model: str, model_args: dict[str, Any], error: BaseException) -> str:
    unknown = _UNKNOWN_ARGUMENT.search(str(error))
    if unknown is not None:
        return f"model {model!r} takes no argument {unknown[1]!r}; remove it from --model-args"
    fixed = _FIXED_ARGUMENT.search(str(error))
    if fixed is not None:  # timm's constructors of one variant set its size, as in `mixer_s32_224`
        return (
            f"model {model!r} has its own {fixed[1]!r}, which cannot be changed; remove it from "
            "--model-args, or choose a model of another size"
        )
    given = ", ".join(f"{name}: {value}" for name, value in model_args.items())
    reason = str(error).partition("\n")[0] or type(error).__name__
    return (
        f"model {model!r} cannot be built with the arguments {given} ({reason}); check the types "
        "and lengths of those in --model-args"
    )


def _tags(model: str) -> str:
    base = model.partition(".")[0]
    return ", ".join(name.partition(".")[2] for name in timm.list_pretrained(f"{base}.*")) or "none"
