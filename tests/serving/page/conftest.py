import pytest

from cyclemlp.serving.page.routes import add_page

from ..served import served
from .small import untrained


@pytest.fixture(scope="package")
def models():
    return [untrained(task) for task in ("classify", "segment", "instance")]


@pytest.fixture(scope="package")
def client(models):
    with served(*models, extend=add_page, max_batch=4) as one:
        yield one
