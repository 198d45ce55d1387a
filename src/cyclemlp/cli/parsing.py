"""From the words of the command line to a function's keyword arguments, by jsonargparse."""

from __future__ import annotations

import re
from argparse import HelpFormatter
from collections.abc import Callable, Sequence
from inspect import Parameter, signature
from typing import Any, get_args

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentError, ArgumentParser

from cyclemlp.cli.by_task import KindsFor, specialised
from cyclemlp.cli.dashes import with_dashes
from cyclemlp.cli.flags import argument_types, flag_types, may_be_list
from cyclemlp.cli.messages import reworded
from cyclemlp.cli.spelling import spelled_out

_OWN_FLAGS = {"help": bool, "config": str, "print_config": bool, "json": bool}


def parse(
    function: Callable[..., Any],
    program: str,
    positionals: Sequence[str],
    arguments: Sequence[str],
    kinds_for: KindsFor | None = None,
) -> dict[str, Any] | None:
    """Read a function's arguments from the command line.

    Args:
        function: a function with types and a Google-style docstring.
        program: the program's name in the help.
        positionals: names of arguments given without a flag; the last may be a list.
        arguments: the words after the verb.
        kinds_for: for a function with an argument ``task``: returns the types of the arguments that
            depend on it. Their flags, help and defaults are those of the chosen task.

    Returns:
        Keyword arguments for `function`, and ``json``; None if help or settings were printed.

    Raises:
        ValueError: a flag or a value is wrong; the message names the flag.
        FileNotFoundError: there is no such settings file.
    """
    function = specialised(function, kinds_for, arguments)
    parser = _parser(function, program, positionals)
    words = spelled_out(arguments, flag_types(function) | _OWN_FLAGS)
    try:
        options = parser.instantiate(parser.parse_args(words))
    except ArgumentError as error:
        raise ValueError(reworded(str(error), positionals, words)) from error
    except SystemExit:  # --help and --print_config have printed
        return None
    values = vars(options)
    values.pop("config", None)
    return values


class _Parser(ArgumentParser):
    """A parser whose help shows flags with dashes, and none that add to lists."""

    def format_help(self, formatter: HelpFormatter | None = None) -> str:
        return with_dashes(re.sub(r", --[\w.]+\+ \w+", "", super().format_help(formatter)))


def _parser(
    function: Callable[..., Any], program: str, positionals: Sequence[str]
) -> ArgumentParser:
    documented = parse_docstring(function.__doc__ or "")
    parser = _Parser(prog=program, description=documented.short_description, exit_on_error=False)
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
