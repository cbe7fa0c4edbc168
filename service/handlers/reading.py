"""From bytes to a checked body, with every fault named by its place and none by its value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from service.domain.requests import MeetingRequest
from service.handlers.checks import faults_of
from service.handlers.problems import Fault, ProblemError, refuse
from service.handlers.schemas import EVENT_TYPE, MeetingRequestBody, WebhookBody

Body = TypeVar("Body", bound=BaseModel)

MOST_FAULTS = 30

_SENTENCES: Mapping[str, str] = {
    "missing": "This field is needed.",
    "model_type": "Give an object here.",
    "model_attributes_type": "Give an object here.",
    "string_type": "Give text here.",
    "string_pattern_mismatch": "This has characters that do not belong here. The API description shows the form.",
    "int_type": "Give a whole number here.",
    "bool_type": "Give true or false here.",
    "tuple_type": "Give a list here.",
    "list_type": "Give a list here.",
    "literal_error": "This is not one of the values that are known here.",
}
_BOUNDED: Mapping[str, str] = {
    "string_too_long": "Use at most {max_length} characters.",
    "string_too_short": "Use at least {min_length} character.",
    "too_long": "Give at most {max_length} of these.",
    "too_short": "Give at least {min_length} of these.",
    "greater_than_equal": "Give a number from {ge} up.",
    "less_than_equal": "Give a number up to {le}.",
}
# Sentences of our own checks; anything else pydantic says might repeat what was sent.
_OURS = frozenset({"day", "instant", "nhs_number", "unknown_label"})


class NotJsonError(Exception):
    """Raised for bytes that are not JSON in UTF-8; the API answers 400, a webhook is kept for a person."""


class BodyRefusedError(Exception):
    """Raised for JSON that is not the body wanted; ``faults`` say where and why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults[:MOST_FAULTS])

    def sentence(self) -> str:
        """All faults in one text, for the list of what needs a person."""
        return " ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in self.faults)


class UnknownTypeError(Exception):
    """Raised for a webhook of a type this service does not take in."""


@dataclass(frozen=True, slots=True)
class ReadRequest:
    """A request that can be taken in, and the SHA-256 of its content (the same whatever its spacing and order)."""

    request: MeetingRequest
    fingerprint: bytes


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def pointer_to(location: tuple[str | int, ...]) -> str:
    """The JSON pointer (RFC 6901) of a place in a body."""
    return "".join(f"/{_escaped(part)}" for part in location)


def _fault(model: type[BaseModel], error: ErrorDetails) -> Fault:
    kind, location = error["type"], error["loc"]
    if kind == "extra_forbidden":
        # The name of an unknown field is the sender's, and may be anybody's name: point at its object instead.
        return Fault(pointer_to(location[:-1]), f"There is a field here that is not known. {_fields(model, location)}")
    if kind in _OURS:
        return Fault(pointer_to(location), error["msg"])
    if kind in _BOUNDED:
        return Fault(pointer_to(location), _BOUNDED[kind].format(**error.get("ctx", {})))
    return Fault(pointer_to(location), _SENTENCES.get(kind, "This value cannot be used here."))


def _fields(model: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """The names an object of ours may have, found by walking the body's location through the models."""
    current: type[BaseModel] | None = model
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) if current is not None else None
        current = _model_in(field.annotation) if field is not None else None
    return f"Known here: {', '.join(current.model_fields)}." if current is not None else ""


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found is not None:
            return found
    return None


def read_model(model: type[Body], raw: bytes) -> Body:
    """Parse a body once, into its model.

    Raises:
        NotJsonError: not JSON, or not UTF-8.
        BodyRefusedError: JSON of another shape.
    """
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    if any(found["type"] == "json_invalid" for found in errors):
        raise NotJsonError
    raise BodyRefusedError(list(dict.fromkeys(_fault(model, found) for found in errors if not _follows(found, errors))))


def _follows(error: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    """Whether a list is too short only because what stands in it was refused."""
    return error["type"] == "too_short" and any(
        other["loc"][: len(error["loc"])] == error["loc"] for other in errors if other is not error
    )


def _checked(body: MeetingRequestBody, now: datetime, prefix: str = "") -> ReadRequest:
    faults = faults_of(body, now)
    if faults:
        raise BodyRefusedError([Fault(prefix + fault.pointer, fault.detail) for fault in faults])
    # Without defaults, so that a field a later version adds does not make an old delivery look like another one.
    said = body.model_dump_json(exclude_defaults=True)
    return ReadRequest(body.to_domain(), hashlib.sha256(said.encode()).digest())


def read_request(raw: bytes, now: datetime) -> ReadRequest:
    """A meeting request out of the bytes of an API call.

    Raises:
        NotJsonError, BodyRefusedError
    """
    return _checked(read_model(MeetingRequestBody, raw), now)


def read_delivery(raw: bytes, now: datetime) -> ReadRequest:
    """A meeting request out of the bytes of a webhook.

    Raises:
        NotJsonError, BodyRefusedError
        UnknownTypeError: the event is of another type, whatever it carries.
    """
    try:
        body = read_model(WebhookBody, raw)
    except BodyRefusedError as refused:
        if _type_of(raw) not in {None, EVENT_TYPE}:
            raise UnknownTypeError from refused
        raise
    if body.type != EVENT_TYPE:
        raise UnknownTypeError
    return _checked(body.data, now, "/data")


class _TypeOnly(BaseModel):
    type: str


def _type_of(raw: bytes) -> str | None:
    try:
        return _TypeOnly.model_validate_json(raw).type
    except ValidationError:
        return None


def read_or_refuse(model: type[Body], raw: bytes) -> Body:
    """``read_model`` for a door that answers with problems.

    Raises:
        ProblemError: 400 for what is not JSON, 422 for JSON of another shape.
    """
    try:
        return read_model(model, raw)
    except (NotJsonError, BodyRefusedError) as error:
        raise problem_of_reading(error) from None


def problem_of_reading(error: NotJsonError | BodyRefusedError) -> ProblemError:
    """The refusal of a body that was not understood."""
    if isinstance(error, NotJsonError):
        return refuse(400, "not_json", "The body is not JSON in UTF-8.")
    return refuse(422, "wrong_shape", "The body was read, but it is not what this address takes.", error.faults)
