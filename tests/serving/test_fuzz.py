"""Requests drawn from the service's own OpenAPI document."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from .served import served


@pytest.mark.slow
def test_no_drawn_request_breaks_the_service():
    with served(max_bytes=20_000) as client:
        document = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json")
        operations: Any = list(document.get_all_operations())
        assert len(operations) == 5
        for operation in operations:
            _check(operation.ok(), str(client.base_url))


def _check(operation, place):
    @settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
    @given(case=operation.as_strategy())
    def check(case):
        assert case.call(base_url=place).status_code < 500

    check()
