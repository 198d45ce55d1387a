"""A compared model as a user writes it: ``resnet18``, ``cyclemlp_nano:mixer=axial:stepsize=5``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_PAIR = re.compile(r"(\d+)x(\d+)")


@dataclass(frozen=True)
class Candidate:
    """A model of a comparison.

    Attributes:
        name: as the user wrote it; it identifies the model in tables and pictures.
        model: timm's name.
        model_args: arguments of the model's constructor, besides those of the recipe.
    """

    name: str
    model: str
    model_args: dict[str, Any]

    @classmethod
    def of(cls, name: str) -> Candidate:
        """Read ``MODEL`` or ``MODEL:NAME=VALUE:NAME=VALUE``.

        A value is read as YAML, and ``3x5`` as the pair ``(3, 5)``.

        Raises:
            ValueError: the words after the model are no arguments.
        """
        head, *arguments = re.split(r":(?=\w+=)", name)
        if not head or "=" in head:
            raise ValueError(
                f"--models takes MODEL or MODEL:NAME=VALUE:NAME=VALUE, such as "
                f"cyclemlp_nano:mixer=axial, got {name!r}"
            )
        pairs = (argument.partition("=") for argument in arguments)
        return cls(name, head, {key: _value(name, text) for key, _, text in pairs})

    def worded(self, message: str) -> str:
        """Return a message about the flags of `train` with this model's arguments in --models."""
        said = rf"{self.model}:\1=VALUE in --models"
        message = re.sub(r"--model-args\.(\w+)( when training)?", said, message)
        return message.replace("--model-args", "--models")

    @property
    def file_name(self) -> str:
        """The name as a part of a file's name."""
        return re.sub(r"[^\w.=+-]+", "-", self.name)


def candidates(names: Sequence[str]) -> list[Candidate]:
    """Read the models of a comparison.

    Raises:
        ValueError: there is none, one is there twice, or one cannot be read.
    """
    found = [Candidate.of(name) for name in names]
    if not found:
        raise ValueError("--models takes at least one model, such as cyclemlp_nano; got none")
    for index, one in enumerate(found):
        if one.file_name in [other.file_name for other in found[:index]]:
            raise ValueError(f"--models has {one.name!r} twice; give each model once")
    return found


def first_weights(compared: Sequence[Candidate], given: str | Sequence[str]) -> dict[str, str]:
    """Return each candidate's name -> its first weights, as ``cyclemlp train --weights`` takes it.

    Args:
        compared: the models.
        given: ``WEIGHTS`` for all models, or ``MODEL=WEIGHTS`` for one of them.

    Raises:
        ValueError: a model is named that is not compared.
    """
    everywhere, own = "none", {}
    names = sorted((one.name for one in compared), key=len, reverse=True)
    for entry in [given] if isinstance(given, str) else given:
        name = next((name for name in names if entry.startswith(f"{name}=")), None)
        if name is not None:
            own[name] = entry.removeprefix(f"{name}=")
        elif "=" in entry:
            raise ValueError(
                f"--weights {entry}: no model of --models is {entry.rpartition('=')[0]!r}; give "
                "MODEL=WEIGHTS with a model as --models has it, or WEIGHTS for all"
            )
        else:
            everywhere = entry
    return {one.name: own.get(one.name, everywhere) for one in compared}


def _value(name: str, text: str) -> Any:
    if pair := _PAIR.fullmatch(text):
        return [int(side) for side in pair.groups()]
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"--models {name}: the value {text!r} is not YAML") from error
