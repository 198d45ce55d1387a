"""A trained network with everything needed to use it.

A bundle is a folder, or a repository of the Hugging Face Hub, with ``config.json`` and
``model.safetensors``. It has the Hub's methods: `Bundle.save_pretrained`, `Bundle.from_pretrained`
and `Bundle.push_to_hub`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from torch import nn

from cyclemlp.bundle.card import CARD_NAME, may_replace, model_card
from cyclemlp.bundle.config import BundleConfig
from cyclemlp.bundle.files import copy_samples, read_files, task_of, write_files
from cyclemlp.bundle.finding import find_bundle
from cyclemlp.bundle.names import CONFIG_NAME, WEIGHTS_NAME
from cyclemlp.bundle.uploading import upload_files
from cyclemlp.bundle.versions import library_versions
from cyclemlp.bundle.writing import replacing
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.contract import Task


class Bundle:
    """A trained network and its description.

    Args:
        network: the network, as `Task.build` returns it.
        config: the description of the network.

    Raises:
        ValueError: the number of the network's outputs is not the number of classes in `config`.
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
        scores: Mapping[str, float] | None = None,
    ) -> Self:
        """Bundle a trained network.

        Args:
            network: a trained network of ``task.build(architecture, **model_args)``.
            task: the task, whose name, classes, colours and network settings the bundle stores.
            architecture: timm model name.
            preprocessing: the preprocessing of evaluation.
            model_args: the constructor arguments that shape the network.
            training: a summary of JSON types only, e.g. ``{"data", "epochs", "metrics": {…}}``.
            scores: of the validation, from which a task may take settings.
        """
        config = BundleConfig(
            task=task.name,
            architecture=architecture,
            model_args=model_args or {},
            task_args=task.network_settings | task.validated_settings(scores or {}),
            classes=task.classes,
            colors=task.colors or None,
            preprocessing=preprocessing,
            training=training or {},
            versions=library_versions(),
        )
        return cls(network, config)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | Path, **hub_options: Any) -> Self:
        """Read a bundle.

        Args:
            pretrained_model_name_or_path: a bundle's folder, a training run's folder, a Hub id
                ``owner/name``, or an exported network's folder or file.
            **hub_options: the Hub's ``revision``, ``token``, ``cache_dir``, ``force_download`` and
                ``local_files_only``.

        Raises:
            FileNotFoundError: there is no such folder or Hub id, or a file of the bundle is
                missing.
            ValueError: the bundle was written by a newer version, has an unknown task or
                architecture, or its weights do not fit.
        """
        return cls(*read_files(find_bundle(str(pretrained_model_name_or_path), **hub_options)))

    def with_preprocessing(self, preprocessing: Preprocessing) -> Self:
        """Return a bundle of the same network with another preprocessing."""
        return type(self)(self.network, replace(self.config, preprocessing=preprocessing))

    def task(self, **settings: Any) -> Task:
        """Return the bundle's task with its classes.

        Args:
            **settings: settings of the task, e.g. ``top_k=3``.

        Raises:
            ValueError: the task has no such setting, or refuses its value.
        """
        return task_of(self.config, **settings)

    def save_pretrained(
        self,
        save_directory: str | Path,
        *,
        push_to_hub: bool = False,
        repo_id: str | None = None,
        **hub_options: Any,
    ) -> str | None:
        """Write the bundle to a folder. If a write fails, the folder keeps its older bundle.

        Args:
            save_directory: created if missing. Files that are not part of a bundle are kept, and
                so is a ``README.md`` that the user wrote.
            push_to_hub: also upload the bundle.
            repo_id: ``owner/name`` to upload to; by default the folder's name.
            **hub_options: passed to `push_to_hub`.

        Returns:
            The URL of the commit if the bundle was uploaded, else None.
        """
        folder = Path(save_directory)
        with replacing(folder, (WEIGHTS_NAME, CONFIG_NAME, CARD_NAME)) as new:
            write_files(new, self.network, self.config)
            if not may_replace(folder / CARD_NAME):
                (new / CARD_NAME).unlink()
        return self.push_to_hub(repo_id or folder.name, **hub_options) if push_to_hub else None

    def push_to_hub(
        self,
        repo_id: str,
        *,
        license: str | None = None,
        samples: str | Path | None = None,
        **hub_options: Any,
    ) -> str:
        """Upload the bundle to the Hugging Face Hub.

        Args:
            repo_id: ``owner/name`` of the repository, which is created if it does not exist.
            license: of the weights, as the Hub names it, e.g. ``"mit"``; by default the model card
                names none.
            samples: a PNG file of sample predictions for the model card, e.g. a training run's
                ``samples.png``.
            **hub_options: see `cyclemlp.bundle.uploading.upload_files`.

        Returns:
            The URL of the commit.

        Raises:
            FileNotFoundError: `samples` is no file.
        """
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_files(folder, self.network, self.config)
            card = model_card(self.config, repo_id, license, samples is not None)
            card.save(folder / CARD_NAME)
            if samples is not None:
                copy_samples(Path(samples), folder)
            return upload_files(folder, repo_id, **hub_options)
