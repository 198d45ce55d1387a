"""From the words of the command line to a function's keyword arguments, by jsonargparse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from inspect import Parameter, signature
from typing import Any, get_args

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentError, ArgumentParser, Namespace

from cyclemlp.cli.by_task import (
    DefaultsFor,
    changed,
    defaults_by_task,
    flags_of_any_task,
    specialised,
)
from cyclemlp.cli.flags import argument_types, flag_types, may_be_dict, may_be_list
from cyclemlp.cli.helping import HelpParser, print_help
from cyclemlp.cli.messages import reworded
from cyclemlp.cli.settings_files import check_settings_file
from cyclemlp.cli.spelling import config_files, spelled_out

_OWN_FLAGS = {"help": bool, "help_all": bool, "config": str, "print_config": bool, "json": bool}


def parse(
    function: Callable[..., Any],
    program: str,
    positionals: Sequence[str],
    arguments: Sequence[str],
    defaults_for: DefaultsFor | None = None,
    common: Sequence[str] = (),
) -> dict[str, Any] | None:
    """Read a function's arguments from the command line.

    Args:
        function: a function with types and a Google-style docstring.
        program: the program's name in the help.
        positionals: names of arguments given without a flag; the last may be a list.
        arguments: the words after the verb.
        defaults_for: for a function with an argument ``task`` or ``bundle``: returns the defaults
            of the arguments that depend on it, see `defaults_by_task`. Where the function takes a
            dict, it gets the settings that differ from their defaults.
        common: names of the flags that ``--help`` shows; by default all.

    Returns:
        Keyword arguments for `function`, and ``json``; None if help or settings were printed.

    Raises:
        ValueError: a flag or a value is wrong; the message names the flag.
        FileNotFoundError: there is no such settings file.
    """
    defaults = defaults_by_task(function, defaults_for, arguments)
    special = specialised(function, defaults)
    kinds = flag_types(special) | _OWN_FLAGS
    if defaults_for is not None and not defaults:
        kinds |= flags_of_any_task()
    words = spelled_out(arguments, kinds)
    for file in config_files(words):
        check_settings_file(file, kinds)
    parser = _parser(special, program, positionals)
    if print_help(parser, words, common):
        return None
    try:
        options = parser.instantiate(_filled(parser.parse_args(words), defaults))
    except ArgumentError as error:
        refusal = partial(_refusal, parser)
        raise ValueError(reworded(str(error), positionals, words, kinds, refusal)) from error
    except SystemExit:  # --print_config has printed
        return None
    values = vars(options)
    values.pop("config", None)
    own = argument_types(function)
    dicts = [name for name in defaults if may_be_dict(own[name])]
    return values | {name: changed(values[name], defaults[name]) for name in dicts}


def _refusal(parser: ArgumentParser, words: Sequence[str]) -> str | None:
    """Return the parser's message if it refuses the words, else None."""
    try:
        parser.parse_args(words)
    except ArgumentError as error:
        return str(error)
    return None


def _filled(options: Namespace, defaults: Mapping[str, Any]) -> Namespace:
    """Replace null, which a settings file may hold, by the defaults."""
    for name, default in defaults.items():
        if options[name] is None:
            options[name] = Namespace(asdict(default))
    return options


def _parser(
    function: Callable[..., Any], program: str, positionals: Sequence[str]
) -> ArgumentParser:
    documented = parse_docstring(function.__doc__ or "")
    parser = HelpParser(prog=program, description=documented.short_description, exit_on_error=False)
    parser.add_argument(
        "--config", action="config", help="settings: a YAML file, or a shipped recipe's name"
    )
    hints, texts = argument_types(function), {p.arg_name: p.description for p in documented.params}
    for name in positionals:
        several = may_be_list(hints[name])
        kind = get_args(hints[name])[0] if several else hints[name]
        count = _count(function, name) if several else {}
        parser.add_argument(name, type=kind, help=texts[name], **count)
    if texts:  # for a function without arguments, jsonargparse imports the package `models`
        parser.add_function_arguments(function, skip=set(positionals), as_group=False)
    parser.add_argument("--json", type=bool, default=False, help="print the result as JSON")
    return parser


def _count(function: Callable[..., Any], name: str) -> dict[str, Any]:
    """Return how many words a list takes: any number if it has a default, else at least one."""
    default = signature(function).parameters[name].default
    return {"nargs": "+"} if default is Parameter.empty else {"nargs": "*", "default": default}
