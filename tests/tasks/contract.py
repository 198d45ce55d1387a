"""Tests that every dense task must pass with any network; a test module inherits them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks import create_task, get_task
from cyclemlp.tasks.contract import Task

SIZE = (64, 96)
HALF = (0.5, 0.5, 0.5)
PYRAMIDS = (
    "cyclemlp_nano",
    "resnet10t",
    "swin_tiny_patch4_window7_224",
    "pvt_v2_b0",
    "mobilenetv3_small_100",
)


class DenseTaskContract:
    """Inherit, and set the task and settings of a small network.

    Attributes:
        task_name: one of `TASKS`.
        settings: of the task.
        augment: settings of the training augmentation.
    """

    task_name: ClassVar[str]
    settings: ClassVar[dict[str, Any]] = {}
    augment: ClassVar[dict[str, Any]] = {}

    def made(self, root: Path, **settings: Any) -> tuple[Task, Any]:
        """Return the task for the data set of scenes, and its training split."""
        kind = get_task(self.task_name)
        split = kind.open(str(root), "train")
        given = kind.settings_of(split) | self.settings | settings
        return create_task(self.task_name, split.classes, split.colors, given), split

    def batch(self, task: Task, split: Any, train: bool) -> tuple[list[Tensor], list[Any]]:
        preprocessing = Preprocessing(SIZE, interpolation="bilinear", mean=HALF, std=HALF)
        if train:
            transform = task.train_transform(
                preprocessing, task.recipe.augmentation(**self.augment)
            )
        else:
            transform = task.eval_transform(preprocessing)
        images, targets = zip(*(transform(*split[i]) for i in range(3)), strict=True)
        return list(images), list(targets)

    @pytest.mark.parametrize("model", PYRAMIDS)
    def test_losses_are_finite_and_reach_every_parameter(self, scenes: Path, model: str) -> None:
        task, split = self.made(scenes)
        network = task.build(model).train()
        losses = task.losses(network, *self.batch(task, split, train=True))
        assert all(loss.ndim == 0 and loss.isfinite() for loss in losses.values())
        torch.stack(list(losses.values())).sum().backward()
        unreached = [name for name, p in network.named_parameters() if p.grad is None]
        assert not unreached
        backbone = task.backbone(network)
        assert any(p.grad.abs().sum() > 0 for p in backbone.parameters() if p.grad is not None)

    @pytest.mark.parametrize("model", PYRAMIDS)
    def test_predictions_have_the_original_size_and_can_be_saved(
        self, scenes: Path, tmp_path: Path, model: str
    ) -> None:
        task, split = self.made(scenes)
        network = task.build(model).eval()
        images, targets = self.batch(task, split, train=False)
        outputs = self.inferred(task, network, images)
        metrics = task.metrics(detailed=True)
        metrics.update(outputs, targets)
        computed = metrics.compute()
        assert computed[task.headline].ndim == 0
        assert any(value.shape == (len(task.classes),) for value in computed.values())
        sizes = [(60, 80), (33, 200), (1, 1)]
        predictions = task.predictions(outputs, sizes)
        for number, (prediction, size) in enumerate(zip(predictions, sizes, strict=True)):
            content = json.loads(json.dumps(prediction.to_dict()))
            assert content["size"] == list(size)
            assert str(prediction)
            image = Image.new("RGB", (size[1], size[0]), (90, 90, 90))
            assert prediction.draw(image).width >= image.width
            assert image.getcolors() == [(size[0] * size[1], (90, 90, 90))]  # not drawn on
            path = tmp_path / f"{number}{prediction.suffix}"
            prediction.save(path)
            assert path.stat().st_size > 0

    def test_a_prediction_does_not_depend_on_the_batch(self, scenes: Path) -> None:
        task, split = self.made(scenes)
        network = task.build("cyclemlp_nano").eval()
        images, _ = self.batch(task, split, train=False)
        images = [images[0], images[1][:, :40], images[2]]
        together = self.inferred(task, network, images)
        for image, output in zip(images, together, strict=True):
            (alone,) = self.inferred(task, network, [image])
            torch.testing.assert_close(output, alone, atol=1e-4, rtol=1e-4)

    def test_the_network_can_be_rebuilt_from_the_settings_of_a_bundle(self, scenes: Path) -> None:
        task, _ = self.made(scenes)
        kept = json.loads(json.dumps(task.network_settings))
        again = create_task(self.task_name, task.classes, task.colors, kept)
        shapes, others = (
            {name: value.shape for name, value in one.build("cyclemlp_nano").state_dict().items()}
            for one in (task, again)
        )
        assert shapes == others

    def inferred(self, task: Task, network: nn.Module, images: list[Tensor]) -> Any:
        with torch.inference_mode():
            return task.infer(network, images)
