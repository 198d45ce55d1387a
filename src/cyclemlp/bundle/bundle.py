"""What training writes and everything else reads: ``config.json`` and ``model.safetensors``.

A bundle lives in a folder or on the Hugging Face Hub, and follows the Hub's conventions:
`save_pretrained`, `from_pretrained`, `push_to_hub`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Self

from huggingface_hub import ModelCard, ModelCardData, ModelHubMixin, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from safetensors import SafetensorError
from safetensors.torch import save_model
from torch import nn

from cyclemlp.bundle.config import CONFIG_NAME, BundleConfig, library_versions
from cyclemlp.bundle.predictor import Predictor
from cyclemlp.bundle.weights import WEIGHTS_NAME, fill
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task, get_task
from cyclemlp.tasks.contract import Task

__all__ = ["Bundle", "BundleConfig", "load"]

_CARD_NAME = "README.md"
_TEMPORARY = ".writing-"
_CARD_MARK = "<!-- written by cyclemlp; without this line it is kept as it is -->"
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


class Bundle(ModelHubMixin, library_name="cyclemlp"):
    """A trained network and all that is needed to use it.

    Args:
        network: as `Task.build` made it.
        config: what the network is.

    Raises:
        ValueError: the network has not one output for each class of `config`.
    """

    def __init__(self, network: nn.Module, config: BundleConfig) -> None:
        outputs = getattr(network, "num_classes", len(config.classes))
        if outputs != len(config.classes):
            raise ValueError(
                f"the network has {outputs} outputs and the bundle {len(config.classes)} classes; "
                "build the network with Task.build, or give the classes it was trained for"
            )
        self.network = network
        self.config = config

    @classmethod
    def from_task(
        cls,
        network: nn.Module,
        task: Task,
        architecture: str,
        preprocessing: Preprocessing,
        model_args: dict[str, Any] | None = None,
        training: dict[str, Any] | None = None,
    ) -> Self:
        """Bundle what was trained.

        Args:
            network: as ``task.build(architecture, **model_args)`` made it, then trained.
            task: whose name, classes, colours and network settings the bundle takes.
            architecture: timm model name.
            preprocessing: of evaluation.
            model_args: the constructor arguments that shape the network.
            training: a summary, e.g. ``{"data", "epochs", "metrics": {"top1": …}}``; JSON types
                only.
        """
        config = BundleConfig(
            task=task.name,
            architecture=architecture,
            model_args=model_args or {},
            task_args=task.network_settings,
            classes=task.classes,
            colors=task.colors or None,
            preprocessing=preprocessing,
            training=training or {},
            versions=library_versions(),
        )
        return cls(network, config)

    def task(self, **settings: Any) -> Task:
        """The bundle's task with its classes and these settings of its own, e.g. ``top_k=3``.

        Raises:
            ValueError: the task has no such setting, or refuses its value.
        """
        return _task(self.config, settings)

    def save_pretrained(  # type: ignore[override]  # the Hub's signature, less what has no meaning here
        self,
        save_directory: str | Path,
        *,
        push_to_hub: bool = False,
        repo_id: str | None = None,
        **kwargs: Any,
    ) -> str | None:
        """Write the bundle; a write that fails leaves an older bundle in the folder as it was.

        Args:
            save_directory: made where missing. Files in it that are no part of a bundle stay.
            push_to_hub: also upload, to `repo_id` or the folder's name.
            repo_id: ``owner/name``.
            **kwargs: go to `push_to_hub`.

        Returns:
            The commit's URL where uploaded.
        """
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{_TEMPORARY}*"):  # of a process that was killed
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temporary:
            super().save_pretrained(temporary)
            # safetensors writes for the owner alone; whoever may read the rest may read the weights
            shutil.copymode(Path(temporary) / CONFIG_NAME, Path(temporary) / WEIGHTS_NAME)
            for name in (WEIGHTS_NAME, CONFIG_NAME, _CARD_NAME):
                if name != _CARD_NAME or _is_ours(folder / name):
                    _replace(Path(temporary) / name, folder / name)
        return self.push_to_hub(repo_id or folder.name, **kwargs) if push_to_hub else None

    def _save_pretrained(self, save_directory: Path) -> None:
        try:
            save_model(self.network, str(save_directory / WEIGHTS_NAME), metadata={"format": "pt"})
        except SafetensorError as error:  # as on a full disk
            raise OSError(f"cannot write {save_directory / WEIGHTS_NAME}: {error}") from error
        (save_directory / CONFIG_NAME).write_text(self.config.to_json(), encoding="utf-8")

    @classmethod
    def from_pretrained(  # type: ignore[override]  # as above; **kwargs carries the Hub's options
        cls, pretrained_model_name_or_path: str | Path, **kwargs: Any
    ) -> Self:
        """Read a bundle.

        Args:
            pretrained_model_name_or_path: a bundle's folder, a training run's folder, or a Hub id
                ``owner/name``.
            **kwargs: the Hub's ``revision``, ``token``, ``cache_dir``, ``force_download``,
                ``local_files_only``.

        Raises:
            FileNotFoundError: no such folder or Hub id, or a file of the bundle is missing.
            ValueError: written by a newer version, unknown task or architecture, or weights that
                do not fit.
        """
        folder = _locate(str(pretrained_model_name_or_path), **kwargs)
        config = BundleConfig.read(folder / CONFIG_NAME)
        network = _task(config, {}).build(config.architecture, **config.model_args)
        fill(network, folder / WEIGHTS_NAME, config)
        return cls(network.eval(), config)

    def generate_model_card(self, *args: Any, **kwargs: Any) -> ModelCard:
        """The bundle's README.md: what it is, how it scored, how to use it."""
        data = ModelCardData(
            library_name="cyclemlp",
            pipeline_tag=get_task(self.config.task).pipeline_tag,
            tags=["cyclemlp", self.config.architecture],
        )
        figures = {
            k: v for k, v in self.config.training.get("metrics", {}).items() if isinstance(v, float)
        }
        with as_file(files("cyclemlp.bundle") / "model_card.md") as template:
            return ModelCard.from_template(
                data,
                template_path=str(template),
                mark=_CARD_MARK,
                config=self.config,
                figures=figures,
            )


def load(
    path: str | Path,
    device: str = "cpu",
    image_size: int | tuple[int, int] | None = None,
    batch_size: int | None = None,
    **settings: Any,
) -> Predictor:
    """Load a bundle for prediction, with the core libraries alone.

    Args:
        path: a bundle's folder, a training run's folder, or a Hugging Face Hub id.
        device: where the network runs, e.g. ``"cuda"``.
        image_size: input side, or (height, width), in pixels; by default that of the training.
        batch_size: images a forward pass; by default 32, or 8 in dense tasks.
        **settings: of the task, e.g. ``top_k=3``.

    Returns:
        A predictor: ``predictor(image)`` and ``predictor([image, …])``.

    Raises:
        FileNotFoundError: no such bundle.
        ValueError: the bundle cannot be used; the message says why.
    """
    bundle = Bundle.from_pretrained(path)
    task, preprocessing = bundle.task(**settings), bundle.config.preprocessing
    return Predictor(bundle.network, task, preprocessing, device, image_size, batch_size)


def _task(config: BundleConfig, settings: dict[str, Any]) -> Task:
    return create_task(
        config.task, config.classes, config.colors or (), config.task_args | settings
    )


def _locate(path: str, **hub_options: Any) -> Path:
    """The folder of the bundle's files, downloaded where `path` is a Hub id."""
    folder = Path(path)
    if folder.is_dir():
        return _inside(folder)
    if folder.exists():
        raise FileNotFoundError(
            f"{path} is a file; give the bundle's folder, which holds {CONFIG_NAME}"
        )
    if not _HUB_ID.fullmatch(path):
        raise FileNotFoundError(
            f"there is no bundle at {path}; give a bundle's or a training run's folder"
        )
    wanted = [CONFIG_NAME, WEIGHTS_NAME]
    try:
        return _inside(Path(snapshot_download(path, allow_patterns=wanted, **hub_options)))
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise FileNotFoundError(
            f"there is no folder {path}, and the Hugging Face Hub does not give it ({reason}); "
            "give a bundle's folder, a training run's folder, or a Hub id"
        ) from error


def _inside(folder: Path) -> Path:
    for candidate in (folder, folder / "bundle"):
        if (candidate / CONFIG_NAME).is_file():
            return candidate
    raise FileNotFoundError(
        f"{folder} holds no bundle: neither {CONFIG_NAME} nor bundle/{CONFIG_NAME} is in it; "
        "a training run writes its bundle into RUN/bundle"
    )


def _is_ours(card: Path) -> bool:
    return not card.exists() or _CARD_MARK in card.read_text(encoding="utf-8", errors="replace")


def _replace(new: Path, old: Path) -> None:
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(old)
