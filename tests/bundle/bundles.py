"""A small bundle for tests."""

import pytest
import torch

from cyclemlp.bundle.bundle import Bundle
from cyclemlp.data.transforms.preprocessing import Preprocessing
from cyclemlp.tasks.classification.task import Classification

CLASSES = ("ant", "bee", "cat")
SIZE = 64


def make_bundle(model="test_resnet", classes=CLASSES, **model_args):
    torch.manual_seed(0)
    task = Classification(classes)
    network = task.build(model, **model_args).eval()
    preprocessing = Preprocessing(
        image_size=(SIZE, SIZE),
        crop_pct=0.9,
        interpolation="bicubic",
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
    )
    training = {"data": "garden", "metrics": {"top1": 0.987, "loss": 0.05}}
    return Bundle.from_task(network, task, model, preprocessing, model_args, training)


def same(prediction, other):
    assert prediction.labels == other.labels
    assert prediction.probabilities == pytest.approx(other.probabilities, abs=1e-6)
