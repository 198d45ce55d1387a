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
    """Return the content of a settings file; the parser reports a content that is no mapping.

    Raises:
        ValueError: the file is not YAML.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"--config {file} is not YAML: {error}; see --print-config") from error
    return content if isinstance(content, dict) else {}
