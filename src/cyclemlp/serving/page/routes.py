"""The routes of the page."""

from __future__ import annotations

from fastapi import FastAPI

from cyclemlp.serving.service import Service


def add_page(app: FastAPI, service: Service) -> None:
    """Add the page at ``/``."""
