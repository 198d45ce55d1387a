"""Task settings as parameters of a request, with the bounds that a service needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from cyclemlp.serving.faults import Fault

_WORDS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """A setting that changes a trained network's predictions.

    Attributes:
        kind: JSON type: integer, number, boolean or array (of numbers, separated by commas).
        text: description.
        low: smallest value.
        high: largest value; it bounds the work that one request can ask for.
        most: largest number of values in an array.
    """

    kind: str
    text: str
    low: float = 0
    high: float = 1
    most: int = 1

    @property
    def rule(self) -> str:
        """The rule in words."""
        if self.kind == "boolean":
            return "true or false"
        one = f"{'an integer' if self.kind == 'integer' else 'a number'} in {self.low}..{self.high}"
        return (
            f"1 to {self.most} numbers in {self.low}..{self.high}, separated by commas"
            if (self.kind == "array")
            else one
        )

    def schema(self) -> dict[str, Any]:
        """Return the OpenAPI schema."""
        if self.kind == "boolean":
            return {"type": "boolean"}
        kind = "number" if self.kind == "array" else self.kind
        one = {"type": kind, "minimum": self.low, "maximum": self.high}
        if self.kind == "array":
            return {"type": "array", "items": one, "minItems": 1, "maxItems": self.most}
        return one

    def read(self, text: str) -> Any:
        """Convert a value.

        Raises:
            ValueError: it breaks the rule.
        """
        if self.kind == "boolean":
            return _WORDS[text.lower()] if text.lower() in _WORDS else self._refuse()
        if self.kind == "array":
            values = tuple(self._number(float(part)) for part in text.split(","))
            return values if len(values) <= self.most else self._refuse()
        return self._number((int if self.kind == "integer" else float)(text))

    def _number(self, value: float) -> float:
        return value if self.low <= value <= self.high else self._refuse()

    def _refuse(self) -> Any:
        raise ValueError(self.rule)


PARAMETERS = {
    "top_k": Parameter("integer", "classes to give", 1, 1000),
    "min_score": Parameter("number", "objects with a lower score are left out"),
    "max_objects": Parameter("integer", "most objects of a picture", 1, 1000),
    "nms_iou": Parameter("number", "overlap (IoU) above which the lesser of two objects goes"),
    "score_threshold": Parameter("number", "objects with a lower score are not shown"),
    "window": Parameter("integer", "predict at original size, in windows of this side", 64, 4096),
    "overlap": Parameter("number", "share that neighbouring windows have in common", 0, 0.75),
    "scales": Parameter("array", "factors on the size, whose results are averaged", 0.25, 2, 4),
    "flip": Parameter("boolean", "whether to average with the mirrored picture"),
}
"""By the setting's name. A task has those that are among its settings of prediction."""


def read_settings(query: Mapping[str, str], available: Collection[str]) -> dict[str, Any]:
    """Return the task's settings that a query sets.

    Args:
        query: parameters of the request, without those that are no settings.
        available: names of the task's settings.

    Raises:
        Fault: the task has no such setting, or a value breaks its rule.
    """
    known = {name: parameter for name, parameter in PARAMETERS.items() if name in available}
    return {name: _read(name, text, known) for name, text in query.items()}


def _read(name: str, text: str, known: Mapping[str, Parameter]) -> Any:
    if name not in known:
        names = ", ".join(["model", "picture", *known])
        raise Fault(
            422, "a parameter is one that the model's task has", repr(name[:60]), f"use: {names}"
        )
    try:
        return known[name].read(text)
    except ValueError:
        raise Fault(
            422, f"{name} is {known[name].rule}", repr(text[:60]), "correct the value"
        ) from None
