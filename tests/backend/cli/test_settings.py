"""What is set wrongly is told in a sentence, without what was set: there are passwords in it."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.cli import main
from backend.settings import Settings, database_address, faults_of

PASSWORD = "pa55word"
WRONG = {
    f"mysql://shop:{PASSWORD}@db/shop": "must begin with postgresql+asyncpg://",
    f"postgresql+psycopg2://shop:{PASSWORD}@db/shop": "must begin with postgresql+asyncpg://",
    f"postgres:/shop:{PASSWORD}@db/shop": "is neither an address",
    f"shop:{PASSWORD}@db/shop": "is neither an address",
    "localhost:5432/shop": "is neither an address",
    f"postgresql://shop:{PASSWORD}@db:port/shop": "is its port a number?",
    f"postgresql://shop:{PASSWORD}@db:65536/shop": "a port that is none",
    f"postgresql://shop:pa55@{PASSWORD}@db/shop": "has an @ in its password",
    f"postgresql://shop:{PASSWORD}@db/shop?sslmode=require": "its driver calls ssl",
    "sqlite://": "names no file",
    "sqlite://shop.db": "names no file",
}


def _of(url: str) -> Settings:
    return Settings(_env_file=None, database_url=url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_an_address_of_postgres_is_taken_however_it_is_written(scheme: str) -> None:
    settings = _of(f" {scheme}://shop:{PASSWORD}@db:5433/shop?ssl=require\n")
    assert settings.database == f"postgresql+asyncpg://shop:{PASSWORD}@db:5433/shop?ssl=require"
    assert not settings.is_sqlite


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///shop.db", "shop.db"),
        ("sqlite:////srv/shop.db", "/srv/shop.db"),
        ("/srv/me@home/shop.db", "/srv/me@home/shop.db"),
        ("./shop.db", "./shop.db"),
        ("C:\\shops\\shop.db", "C:\\shops\\shop.db"),
    ],
)
def test_a_file_is_sqlite(url: str, path: str) -> None:
    settings = _of(url)
    assert (settings.database, settings.is_sqlite) == (path, True)


def test_without_an_address_sqlite_is_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url="")
    assert settings.database == str(tmp_path / "aftercare.db")


@pytest.mark.parametrize(("url", "told"), WRONG.items())
def test_a_wrong_address_is_told_without_its_password(url: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _of(url)
    (fault,) = faults_of(refused.value)
    assert fault.startswith("AFTERCARE_DATABASE_URL: ")
    assert told in fault
    assert PASSWORD not in fault + str(refused.value)
    with pytest.raises(ValueError, match=r".") as told_why:
        database_address(url)
    assert PASSWORD not in str(told_why.value)


def test_settings_show_no_secret_where_they_are_printed() -> None:
    settings = Settings(
        _env_file=None,
        database_url=f"postgresql://shop:{PASSWORD}@db/shop",
        redis_url=f"redis://:{PASSWORD}@cache/0",
        secret=PASSWORD,
        stripe_api_key=PASSWORD,
        metrics_token=PASSWORD,
        llm_api_key=PASSWORD,
    )
    assert PASSWORD not in repr(settings) + str(settings)


@pytest.fixture
def _as_it_was() -> Iterator[None]:
    """A command sets how often memory is tidied, for its process."""
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("_as_it_was")
def test_a_command_says_what_is_wrong_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", f"postgres://shop:{PASSWORD}@db:port/shop")
    monkeypatch.setenv("AFTERCARE_WORKER_CONCURRENCY", "many")
    monkeypatch.setattr(sys, "argv", ["aftercare", "migrate"])
    with pytest.raises(SystemExit) as ended:
        main()
    printed = "".join(capsys.readouterr())
    assert ended.value.code == 1
    assert "AFTERCARE_DATABASE_URL: can't be read (is its port a number?)" in printed
    assert "AFTERCARE_WORKER_CONCURRENCY: " in printed
    assert PASSWORD not in printed
