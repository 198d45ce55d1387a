"""The page of ``/docs``: the OpenAPI document for readers, without scripts of other hosts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}code{background:#eef0f2;padding:.1em .3em}"
    "table{border-collapse:collapse}td,th{border:1px solid #8a929b;padding:.3em .6em;"
    "text-align:left;vertical-align:top}"
)


def document(openapi: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as a page of HTML."""
    title = escape(openapi["info"]["title"])
    operations = [
        _operation(method, path, one)
        for path, methods in openapi["paths"].items()
        for method, one in methods.items()
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(openapi['info']['description'])}</p>"
        '<p>For programs: <a href="openapi.json">openapi.json</a></p>' + "".join(operations)
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    text = escape(operation.get("description") or operation.get("summary", ""))
    bodies = operation.get("requestBody", {}).get("content", {})
    parts = [
        f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{text}</p>",
        _table("Parameter", {p["name"]: _parameter(p) for p in operation.get("parameters", ())}),
        _table("Body", {kind: ", ".join(b["schema"]["properties"]) for kind, b in bodies.items()}),
        _table("Answer", {c: one["description"] for c, one in operation["responses"].items()}),
    ]
    return "".join(parts)


def _parameter(parameter: Mapping[str, Any]) -> str:
    schema = parameter["schema"]
    schema = schema.get("items", schema)
    bounds = [str(schema[key]) for key in ("minimum", "maximum") if key in schema]
    rule = "…".join(bounds) or ", ".join(schema.get("enum", (schema["type"],)))
    return f"{parameter.get('description', '')} ({rule})"


def _table(name: str, rows: Mapping[str, str]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(key)}</code><td>{escape(text)}" for key, text in rows.items()
    )
    return f"<table><tr><th>{name}<th>Description{lines}</table>"
