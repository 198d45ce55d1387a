import pytest

from .served import Model, served


@pytest.fixture(scope="module")
def model():
    return Model()


@pytest.fixture(scope="module")
def client(model):
    with served(model, Model("other"), max_bytes=20_000, max_pixels=10_000) as one:
        yield one
