"""The API's description (OpenAPI 3.1), made from the same models that read its bodies and shape its answers."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from service.handlers.api_answers import ProblemShown
from service.handlers.operations import DESCRIBED, PARAMETERS, File, Operation
from service.handlers.problems import PROBLEM_JSON

_REF = "#/components/schemas/{model}"
_TEXT = {"type": "string"}
_TITLES = {
    400: "The request cannot be read",
    401: "No client's key",
    403: "Not this client's right or partnership",
    404: "There is no such thing in this partnership",
    409: "It cannot be done as things stand",
    410: "The identities of the request were erased, and its sealed words with them",
    413: "The body is too large",
    415: "The body is not JSON in UTF-8",
    422: "Read, but not what this address takes",
    503: "Not just now; try again after the time the Retry-After header gives",
}


def _models() -> list[type[BaseModel]]:
    used: set[type[BaseModel]] = {
        ProblemShown,
        *(each.answer for each in DESCRIBED if not isinstance(each.answer, File)),
    }
    used |= {each.body for each in DESCRIBED if each.body is not None}
    return sorted(used, key=lambda model: model.__name__)


def _schemas() -> dict[str, Any]:
    modes = [(model, "validation" if _is_body(model) else "serialization") for model in _models()]
    _, found = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]
    definitions: dict[str, Any] = found["$defs"]
    return definitions


def _is_body(model: type[BaseModel]) -> bool:
    return any(each.body is model for each in DESCRIBED)


def _content(model: type[BaseModel], kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": {"$ref": _REF.format(model=model.__name__)}}}


def _answered(operation: Operation) -> dict[str, Any]:
    if isinstance(operation.answer, File):
        return {"description": operation.answer.words, "content": {operation.answer.kind: {"schema": _TEXT}}}
    return {
        "description": operation.answer.__doc__ or "",
        "content": _content(operation.answer) | {kind: {"schema": _TEXT} for kind in operation.also},
    }


def _responses(operation: Operation) -> dict[str, Any]:
    answered = _answered(operation)
    if operation.headers:
        answered["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in operation.headers.items()
        }
    problems = {
        str(status): {"description": _TITLES[status], "content": _content(ProblemShown, PROBLEM_JSON)}
        for status in operation.problems
    }
    return {str(operation.status): answered, **problems}


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": [PARAMETERS[name] for name in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in DESCRIBED:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Convene",
            "version": "1",
            "description": "Gets the right people to a child-protection strategy meeting in time, and proves it.",
        },
        "security": [{"clientKey": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"clientKey": {"type": "http", "scheme": "bearer"}},
        },
    }


@lru_cache(maxsize=1)
def _bytes() -> bytes:
    return json.dumps(document(), ensure_ascii=False).encode()


async def description(_: web.Request) -> web.Response:
    """GET /api/openapi.json."""
    return web.Response(body=_bytes(), content_type="application/json")
