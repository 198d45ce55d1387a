import pytest

from cyclemlp.tasks.segmentation.task import Segmentation

from .settings import CLASSES, NARROW, TINY


@pytest.fixture
def task():
    return Segmentation(CLASSES, decoder_args=NARROW)


@pytest.fixture
def network(task):
    return task.build("cyclemlp_nano", **TINY).eval()
