"""The verbs: which function of `cyclemlp.verbs` each of them calls."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Verb:
    """A verb and its function, which is imported only if the verb is chosen.

    Attributes:
        name: name of the function and of its module in `cyclemlp.verbs`.
        positionals: names of arguments given without a flag.
        common: names of the flags that ``--help`` shows; by default all.
        by_task: whether the module has a function `defaults_for`, which returns the defaults of
            the arguments that depend on the task.
    """

    name: str
    positionals: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    by_task: bool = False

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        return getattr(self._module, self.name)

    @property
    def defaults_for(self) -> Callable[[Any], dict[str, Any]] | None:
        """The defaults of the arguments that depend on the task; None if none depends on it."""
        return self._module.defaults_for if self.by_task else None

    @property
    def _module(self) -> Any:
        return import_module(f"cyclemlp.verbs.{self.name}")

    def summary(self) -> str:
        """Return the first line of the function's docstring, without importing the function."""
        file = Path(__file__).parents[1] / "verbs" / f"{self.name}.py"
        source = file.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == self.name:
                return (ast.get_docstring(node) or "").partition("\n")[0]
        raise AssertionError(f"{file.name} has no function {self.name}")


_TRAIN = (
    *("config", "data", "model", "task", "output", "epochs", "batch_size", "lr"),
    *("image_size", "weights", "val_fraction", "resume"),
)
_EVALUATE = (
    *("data", "split", "image_size", "output", "batch_size", "device", "corruptions", "severities"),
    "baseline",
)
_PREDICT = ("output", "image_size", "batch_size", "device", "draw", "save")
_EXPLAIN = ("classes", "most", "stage", "layer", "output", "image_size", "device")
_COMPARE = (
    *("config", "models", "data", "task", "output", "epochs", "minutes", "seeds", "sizes"),
    *("batch_size", "weights", "cost_only"),
)
_BENCHMARK = (
    *("models", "against", "subjects", "work", "devices", "image_sizes", "batch_sizes", "seconds"),
    "output",
)

VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("train", (), _TRAIN, by_task=True),
        Verb("evaluate", ("bundle",), _EVALUATE, by_task=True),
        Verb("predict", ("bundle", "inputs"), _PREDICT, by_task=True),
        Verb("compare", (), _COMPARE, by_task=True),
        Verb("receptive", ("model",)),
        Verb("explain", ("bundle", "inputs"), _EXPLAIN, by_task=True),
        Verb("export", ("bundle",)),
        Verb("data", ("folder",)),
        Verb("info", ("model",)),
        Verb("models"),
        Verb("benchmark", (), _BENCHMARK),
        Verb("check"),
        Verb("demo"),
        Verb("serve", ("runs",)),
        Verb("app", ("runs",)),
    )
}
