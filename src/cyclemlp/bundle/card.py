"""A bundle's ``README.md``, which the Hugging Face Hub shows as the model card."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from huggingface_hub import ModelCard, ModelCardData

from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.timm_config import is_timm_model
from cyclemlp.tasks import get_task

CARD_NAME = "README.md"
SAMPLES_NAME = "samples.png"
_MARK = "<!-- written by cyclemlp; without this line it is kept as it is -->"


def model_card(
    config: BundleConfig,
    place: str = "path/or/hub-id",
    license: str | None = None,
    samples: bool = False,
) -> ModelCard:
    """Return the model card: what the network is, its metrics and how to use it.

    Args:
        config: of the bundle.
        place: of the bundle, in the examples of its use.
        license: of the weights, as the Hub names it; None for none.
        samples: whether `SAMPLES_NAME` is beside the card.
    """
    data = ModelCardData(
        license=license,
        library_name="cyclemlp",
        pipeline_tag=get_task(config.task).pipeline_tag,
        tags=["cyclemlp", config.architecture],
    )
    metrics = config.training.get("metrics", {})
    figures = {name: value for name, value in metrics.items() if isinstance(value, float)}
    with as_file(files("cyclemlp.bundle") / "model_card.md") as template:
        return ModelCard.from_template(
            data,
            template_path=str(template),
            mark=_MARK,
            config=config,
            figures=figures,
            place=place,
            samples=SAMPLES_NAME if samples else None,
            is_timm_model=is_timm_model(config),
        )


def may_replace(card: Path) -> bool:
    """Return whether `card` is missing or was written by `model_card`, not by the user."""
    return not card.exists() or _MARK in card.read_text(encoding="utf-8", errors="replace")
