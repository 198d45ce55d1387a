"""Settings files: shipped recipes, which have names, and the user's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml


def recipe_files() -> list[Path]:
    """Return the files of the shipped recipes."""
    folder = Path(str(files("cyclemlp") / "recipes"))
    return sorted(folder.glob("*.yaml"))


def settings_file(name: str) -> Path:
    """Return the file that ``--config NAME`` means.

    Args:
        name: path of a settings file, or name of a shipped recipe.

    Raises:
        FileNotFoundError: there is no such file or recipe; the message lists the recipes.
    """
    if Path(name).is_file():
        return Path(name)
    recipes = {file.stem: file for file in recipe_files()}
    if name in recipes:
        return recipes[name]
    raise FileNotFoundError(
        f"--config {name} is neither a file nor a shipped recipe; the recipes are: "
        f"{', '.join(sorted(recipes))}"
    )


def read_settings(file: Path) -> dict[str, Any]:
    """Return the content of a settings file.

    Raises:
        ValueError: the file is not YAML, or holds no settings.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"--config {file} is not text in UTF-8; see --print-config") from error
    except yaml.YAMLError as error:
        raise ValueError(f"--config {file}{_fault(error)}; see --print-config") from error
    if not isinstance(content, dict) or not content:
        raise ValueError(
            f"--config {file} must hold settings, one a line, such as epochs: 10; it holds "
            f"{_held(content)}; see --print-config"
        )
    return content


def _held(content: Any) -> str:
    """Return what a file without settings holds."""
    if not content:
        return "nothing"
    return "a list" if isinstance(content, list) else repr(content)


def setting(settings: Any, name: str) -> Any:
    """Return a nested setting; None if there is none.

    Args:
        settings: the content of a settings file.
        name: with dots, e.g. ``optim.lr``.
    """
    for key in name.split("."):
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings


def _fault(error: yaml.YAMLError) -> str:
    """Return where a file is not YAML, and why."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    line = "" if mark is None else f", line {mark.line + 1},"
    return f"{line} is not YAML" + (f" ({problem})" if problem else "")
