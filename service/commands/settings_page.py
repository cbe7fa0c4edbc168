"""The table of docs/settings.md, made from the settings themselves so that the two cannot part ways."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from service.settings import PREFIX, Settings


def settings_table() -> str:
    """The table in Markdown: each setting, its default, and what it means."""
    rows = ["| setting | default | what it is |", "|---|---|---|", *_rows()]
    return "\n".join(rows) + "\n"


def _rows() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        secret = " **Secret:** better given by `_FILE`." if _is_secret(field) else ""
        meaning = (field.description or "").strip().rstrip(".")
        yield f"| `{PREFIX}{name.upper()}` | {_default(field)} | {meaning[:1].upper()}{meaning[1:]}.{secret} |"


def _is_secret(field: FieldInfo) -> bool:
    # The signing secrets of webhook sources lie one level further in.
    return any(kind in str(field.annotation) for kind in ("SecretStr", "WebhookSource"))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default in ("", None) or default in ({}, frozenset()):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
