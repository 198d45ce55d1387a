"""The ``cyclemlp`` command: a verb is a function, imported only when it is chosen.

Flags, types and help come from the function's signature and docstring. Every verb prints what it
returns; ``--json`` prints it for machines.
"""

from __future__ import annotations

import ast
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PROGRAM = "cyclemlp"
# Where torchrun, a trainer that starts its own processes, and Slurm say which process this is.
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID")


@dataclass(frozen=True)
class Verb:
    """Where a verb's function lives in `cyclemlp.verbs`, and which arguments go without a flag.

    Attributes:
        module: in `cyclemlp.verbs`.
        function: in it.
        positionals: arguments that go without a flag.
        by_task: whether the module's `kinds_for` tells the types of arguments for a task.
    """

    module: str
    function: str
    positionals: tuple[str, ...] = ()
    by_task: bool = False

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        return getattr(self._imported, self.function)

    @property
    def kinds_for(self) -> Callable[[str], dict[str, type]] | None:
        """The types of arguments that depend on the task; None where none does."""
        return self._imported.kinds_for if self.by_task else None

    @property
    def _imported(self) -> Any:
        return import_module(f"cyclemlp.verbs.{self.module}")

    def summary(self) -> str:
        """The first line of the function's docstring, read without importing anything."""
        file = Path(__file__).parents[1] / "verbs" / f"{self.module}.py"
        source = file.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name == self.function:
                return (ast.get_docstring(node) or "").partition("\n")[0]
        raise AssertionError(f"{self.module}.py has no function {self.function}")


VERBS: dict[str, Verb] = {
    "train": Verb("train", "train", by_task=True),
    "evaluate": Verb("evaluate", "evaluate", ("bundle",)),
    "predict": Verb("predict", "predict", ("bundle", "inputs")),
    "info": Verb("info", "info", ("model",)),
    "models": Verb("info", "models"),
    "benchmark": Verb("benchmark", "benchmark"),
    "demo": Verb("demo", "demo"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: the arguments after the program's name; by default the process's.

    Returns:
        The exit status: 0 done, 2 something to put right, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except KeyboardInterrupt as interrupt:
        again = f"to continue, run: {PROGRAM} {shlex.join(arguments)}"
        print(f"\ninterrupted; {interrupt.args[0] if interrupt.args else again}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library == PROGRAM:  # a slip of ours
            raise
        return _complain(f"this needs {library}, which is not here: pip install '{PROGRAM}[train]'")
    except ImportError as error:
        if error.name is not None:  # Python's own; ours say what to install, and name nothing
            raise
        return _complain(str(error))
    except OSError as error:
        told_by_system = error.strerror and error.filename
        return _complain(f"{error.filename}: {error.strerror}" if told_by_system else str(error))
    except ValueError as error:
        return _complain(str(error))


def _run(arguments: list[str]) -> int:
    verb = arguments[0] if arguments else "--help"
    if verb in ("-h", "--help"):
        print(_overview())
        return 0
    if verb == "--version":
        print(f"{PROGRAM} {_version()}")
        return 0
    if verb not in VERBS:
        near = get_close_matches(verb, VERBS, n=1)
        offer = f"did you mean {near[0]}?" if near else f"the verbs are: {', '.join(VERBS)}"
        return _complain(f"there is no verb {verb!r}; {offer}")
    from cyclemlp.cli.flags import parse

    chosen = VERBS[verb]
    function = chosen.load()
    options = parse(
        function, f"{PROGRAM} {verb}", chosen.positionals, arguments[1:], chosen.kinds_for
    )
    if options is None:
        return 0
    as_json = options.pop("json")
    _show(function(**options), as_json)
    return 0


def _show(result: Any, as_json: bool) -> None:
    if result is None or not _is_first_process():
        return
    if as_json:
        print(json.dumps(result.to_dict(), indent=2))
        return
    from rich.console import Console

    # Piped, there is no width to fit: what a reader cuts out of a line must not have been folded.
    width = None if sys.stdout.isatty() else 10_000
    Console(width=width, markup=False, highlight=False).print(result)


def _is_first_process() -> bool:
    """Whether this is the only process that runs the command, or the first of several."""
    return all(os.environ.get(name, "0") == "0" for name in _RANKS)


def _overview() -> str:
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {verb.summary()}" for name, verb in VERBS.items())
    return (
        f"usage: {PROGRAM} VERB …\n\n{verbs}\n\n"
        f"{PROGRAM} VERB --help lists a verb's arguments; {PROGRAM} --version prints the version."
    )


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


def _complain(message: str) -> int:
    one_line = " ".join(message.split())
    print(f"{PROGRAM}: {one_line}", file=sys.stderr)
    return 2
