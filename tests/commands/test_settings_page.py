"""docs/settings.md says what the settings say, and docs/operator.md names what there is."""

from pathlib import Path

import pytest

from service.commands.settings_page import settings_table
from service.domain.roles import ROLES
from service.settings import PREFIX, Settings
from service.workflow.directory_file import COLUMNS
from tests.commands.commands_world import GROUPS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_settings_is_the_table_the_settings_make() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert settings_table() in page, "print(service.commands.settings_page.settings_table()) is the table to put there"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_is(name: str) -> None:
    assert Settings.model_fields[name].description, f"{PREFIX}{name.upper()} has no description"


def test_no_secret_has_a_default_that_works() -> None:
    assert settings_table().count("**Secret:**") >= 6
    for field in Settings.model_fields.values():
        if "SecretStr" in str(field.annotation) and not field.is_required():
            assert not field.default or not field.default.get_secret_value()


def test_the_operators_page_names_every_command_column_and_role() -> None:
    page = (DOCS / "operator.md").read_text(encoding="utf-8")
    for words in (*(f"convene {command}" for command in GROUPS), *(f"`{column}`" for column in COLUMNS)):
        assert words in page, words
    for role in ROLES:
        assert f"`{role}`" in page, role
