"""From a typed function to its flags: jsonargparse, with dashes, bare switches and word lists."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import wraps
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml
from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentError, ArgumentParser

KindsFor = Callable[[str], dict[str, type]]

_FLAG = re.compile(r"--[a-zA-Z][\w.+-]*")
_OWN_FLAGS = {"help": bool, "config": str, "print_config": bool, "json": bool}


def parse(
    function: Callable[..., Any],
    program: str,
    positionals: Sequence[str],
    arguments: Sequence[str],
    kinds_for: KindsFor | None = None,
) -> dict[str, Any] | None:
    """Read a function's arguments off the command line.

    Args:
        function: typed, with a Google-style docstring.
        program: as the help calls it.
        positionals: names of arguments given without a flag; the last may be a list.
        arguments: the words after the verb.
        kinds_for: for a function with an argument ``task``: the types of those arguments that
            depend on it, whose flags, help and defaults are then the chosen task's.

    Returns:
        Keyword arguments for `function`, and ``json``; None where help or settings were printed.

    Raises:
        ValueError: a flag or a value is wrong; the message names the flag.
    """
    if kinds_for is not None:
        function = _specialised(function, kinds_for(_chosen_task(function, arguments)))
    parser = _parser(function, program, positionals)
    kinds = flag_types(function) | _OWN_FLAGS
    words = _spelled_out(list(arguments), kinds)
    try:
        options = parser.instantiate(parser.parse_args(words))
    except ArgumentError as error:
        raise ValueError(_plain(str(error), positionals, words)) from error
    except SystemExit:  # --help and --print_config have printed
        return None
    values = vars(options)
    values.pop("config", None)
    return values


def _specialised(function: Callable[..., Any], kinds: dict[str, type]) -> Callable[..., Any]:
    """The function with other types, and their defaults, for some arguments."""

    @wraps(function)
    def called(**values: Any) -> Any:
        return function(**values)

    hints = get_type_hints(function) | kinds
    defaults = {name: kind() for name, kind in kinds.items()}
    signature = inspect.signature(function)
    parameters = [
        parameter.replace(annotation=hints[name], default=defaults.get(name, parameter.default))
        for name, parameter in signature.parameters.items()
    ]
    called.__annotations__ = hints
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # PEP 362
    del called.__wrapped__  # or readers of signatures would look behind it
    return called


def _chosen_task(function: Callable[..., Any], arguments: Sequence[str]) -> str:
    """The task that ``--task`` or a settings file names, whichever comes last."""
    task = inspect.signature(function).parameters["task"].default
    for flag, value in pairwise([*(part for word in arguments for part in word.split("=", 1)), ""]):
        if flag == "--task":
            task = value
        elif flag == "--config":
            settings = _content(settings_file(value))
            task = settings.get("task", task) if isinstance(settings, dict) else task
    return task


def _content(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"--config {file} is not YAML: {error}; see --print-config") from error


class _Parser(ArgumentParser):
    def format_help(self, *args: Any, **kwargs: Any) -> str:
        text = super().format_help(*args, **kwargs)
        return _with_dashes(re.sub(r", --[\w.]+\+ \w+", "", text))


def _parser(
    function: Callable[..., Any], program: str, positionals: Sequence[str]
) -> ArgumentParser:
    documented = parse_docstring(function.__doc__ or "")
    parser = _Parser(
        prog=program,
        description=documented.short_description,
        exit_on_error=False,
    )
    parser.add_argument(
        "--config", action="config", help="settings: a YAML file, or a shipped recipe's name"
    )
    hints, texts = get_type_hints(function), {p.arg_name: p.description for p in documented.params}
    for name in positionals:
        several = _is_list(hints[name])
        kind = get_args(hints[name])[0] if several else hints[name]
        parser.add_argument(name, type=kind, help=texts[name], nargs="+" if several else None)
    parser.add_function_arguments(function, skip=set(positionals), as_group=False)
    parser.add_argument("--json", type=bool, default=False, help="print the result as JSON")
    return parser


def flag_types(function: Callable[..., Any]) -> dict[str, Any]:
    """Each flag's name, nested ones with dots, and its type."""
    hints = get_type_hints(function)
    kinds: dict[str, Any] = {}
    for name in inspect.signature(function).parameters:
        kinds |= _flattened(name, hints[name])
    return kinds


def _flattened(name: str, kind: Any) -> dict[str, Any]:
    if not is_dataclass(kind):
        return {name: kind}
    hints = get_type_hints(kind)
    return {name: kind} | {
        key: value
        for field in fields(kind)
        for key, value in _flattened(f"{name}.{field.name}", hints[field.name]).items()
    }


def _spelled_out(arguments: list[str], kinds: dict[str, Any]) -> list[str]:
    """The arguments as jsonargparse wants them.

    ``--on-bad-file`` becomes ``--on_bad_file``, ``--resume`` becomes ``--resume=true``,
    ``--image-size 128 160`` becomes ``--image_size=[128,160]``, and ``--config imagenet`` becomes
    the recipe's path.
    """
    words: list[str] = []
    while arguments:
        word = arguments.pop(0)
        if not _FLAG.match(word):
            words.append(word)
            continue
        flag, equals, value = word.partition("=")
        name = flag[2:].replace("-", "_")
        kind = _kind(name, kinds)
        given = [value] if equals else _values(kind, arguments)
        words.append("=".join([f"--{name}", *_joined(name, kind, given)]))
    return words


def _kind(name: str, kinds: dict[str, Any]) -> Any:
    if name in kinds:
        return kinds[name]
    parent = name.rpartition(".")[0]
    if parent and any(get_origin(kind) is dict for kind in _members(kinds.get(parent))):
        return Any
    near = get_close_matches(name, kinds, n=1)
    offer = f"did you mean --{_dashed(near[0])}?" if near else "--help lists those there are"
    raise ValueError(f"there is no flag --{_dashed(name)}; {offer}")


def _values(kind: Any, arguments: list[str]) -> list[str]:
    """Take the values that belong to a flag of this type off the front of `arguments`."""
    if bool in _members(kind):
        return [arguments.pop(0)] if arguments and arguments[0] in ("true", "false") else []
    limit = len(arguments) if _is_list(kind) else 1
    taken: list[str] = []
    while arguments and len(taken) < limit and not _FLAG.match(arguments[0]):
        taken.append(arguments.pop(0))
    return taken


def _joined(name: str, kind: Any, values: list[str]) -> list[str]:
    if name == "config" and values:
        return [str(settings_file(values[0]))]
    if name in ("help", "print_config"):
        return values
    if not values and bool in _members(kind):
        return ["true"]
    if not values:
        raise ValueError(f"--{_dashed(name)} needs a value")
    if len(values) > 1 or (_only_list(kind) and not values[0].startswith("[")):
        return [f"[{','.join(values)}]"]
    return values


def settings_file(name: str) -> Path:
    """The file that ``--config`` means: a path, or the name of a shipped recipe.

    Raises:
        FileNotFoundError: neither; the message lists the recipes.
    """
    if Path(name).is_file():
        return Path(name)
    recipes = {Path(str(file)).stem: Path(str(file)) for file in recipe_files()}
    if name in recipes:
        return recipes[name]
    raise FileNotFoundError(
        f"--config {name} is neither a file nor a shipped recipe; the recipes are: "
        f"{', '.join(sorted(recipes))}"
    )


def recipe_files() -> list[Path]:
    """The shipped recipes."""
    folder = Path(str(files("cyclemlp") / "recipes"))
    return sorted(folder.glob("*.yaml"))


def _members(kind: Any) -> tuple[Any, ...]:
    """The types a value may have: a union's members, or the type itself."""
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _is_list(kind: Any) -> bool:
    return any(get_origin(member) in (list, tuple, Sequence) for member in _members(kind))


def _only_list(kind: Any) -> bool:
    members = [member for member in _members(kind) if member is not type(None)]
    return all(get_origin(member) in (list, tuple, Sequence) for member in members)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _with_dashes(text: str) -> str:
    return _FLAG.sub(lambda match: _dashed(match[0]), text)


def _plain(message: str, positionals: Sequence[str], words: Sequence[str]) -> str:
    """The parser's message in the words of the command line."""
    config = next((word for word in words if word.startswith("--config=")), None)
    if config is not None and message.startswith(("Problems parsing config", "Option ")):
        return f"{config.replace('=', ' ')}: {message}"
    required = re.fullmatch(r"the following arguments are required: (.*)", message)
    if required is not None:
        names = required[1].split(", ")
        flags = [name if name in positionals else f"--{name}" for name in names]
        return _with_dashes(f"{', '.join(flags)} must be given; --help lists the arguments")
    if message.startswith("unrecognized arguments: "):
        return f"{message.partition(': ')[2]} belongs to no flag; --help lists the arguments"
    message = re.sub(r'Parser key "([\w.]+)"', r"--\1", message)
    message = re.sub(r"<class '(\w+)'>", r"\1", message).replace("typing.", "")
    return _with_dashes(message)
