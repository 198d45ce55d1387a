"""The runs of a comparison: each model with each seed, and their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from cyclemlp.comparing.candidate import Candidate
from cyclemlp.console.files import write_text
from cyclemlp.training.settings.identity import changes
from cyclemlp.training.settings.settings import Settings

_FILE = "comparison.yaml"


@dataclass(frozen=True)
class Planned:
    """A run to train and score.

    Attributes:
        candidate: the model.
        settings: of the run, which resumes what its folder holds.
    """

    candidate: Candidate
    settings: Settings

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.settings.run_dir

    @property
    def scores(self) -> Path:
        """The file with the run's scores at all sizes, which the finished run has."""
        return self.folder / "scores.json"


def planned(
    compared: Sequence[Candidate],
    seeds: Sequence[int],
    recipe: Settings,
    weights: Mapping[str, str],
    folder: Path,
) -> list[Planned]:
    """Return the runs, every model with the first seed before any with the second.

    Args:
        compared: the models.
        seeds: at least one.
        recipe: the settings that all runs share.
        weights: candidate's name -> its first weights.
        folder: of the comparison.
    """
    return [
        Planned(one, _settings(one, seed, recipe, weights[one.name], folder))
        for seed in dict.fromkeys(seeds)
        for one in compared
    ]


def _settings(one: Candidate, seed: int, recipe: Settings, weights: str, folder: Path) -> Settings:
    return replace(
        recipe,
        model=one.model,
        model_args=((recipe.model_args or {}) | one.model_args) or None,
        weights=weights,
        seed=seed,
        output=str(folder / "runs" / f"{one.file_name}-seed{seed}"),
        resume=True,
    )


def begin(
    folder: Path, recipe: Settings, minutes: float | None, weights: Mapping[str, str]
) -> None:
    """Open a comparison's folder: a new one, or one whose runs had the same recipe.

    Args:
        folder: created if it does not exist.
        recipe: the settings that all runs share.
        minutes: processor minutes of each run; None for a number of epochs.
        weights: candidate's name -> its first weights.

    Raises:
        ValueError: the folder has other files, or runs of another recipe.
    """
    file = folder / _FILE
    content = {"minutes": minutes, "recipe": recipe.to_dict(), "weights": dict(weights)}
    if any(folder.glob("runs/*/checkpoints/*.ckpt")):
        _require_same(file, content)
    elif folder.is_dir() and not file.is_file() and any(folder.iterdir()):
        raise ValueError(
            f"--output {folder} is not empty and holds no comparison; choose another folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_text(file, yaml.safe_dump(content, sort_keys=False))


def _require_same(file: Path, content: dict[str, Any]) -> None:
    before = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    changed = changes(before.get("recipe", {}), content["recipe"])
    if before.get("minutes") != content["minutes"]:
        changed.append(f"minutes: was {before.get('minutes')}, now {content['minutes']}")
    old = before.get("weights", {})
    changed += [
        f"weights of {name}: were {old[name]}, now {new}"
        for name, new in content["weights"].items()
        if old.get(name, new) != new
    ]
    content["weights"] = old | content["weights"]
    if changed:
        raise ValueError(
            f"the runs in {file.parent} were trained with other settings: {'; '.join(changed)}. "
            "Models, seeds and sizes may be added; for another recipe choose another --output"
        )
