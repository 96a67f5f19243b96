"""A shop is copied while conversations are written, and comes back whole or not at all."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner

from backend.backup import DATABASE, back_up
from backend.cli import app
from backend.house import House, open_house
from backend.kit.clock import SystemClock
from backend.kit.errors import Conflict, Invalid
from backend.migrations import run
from backend.pipeline import inbox
from backend.restoring import restore
from backend.serve import accounts_of, prepare
from backend.settings import Settings
from bot.messages import InboundKind, InboundMessage, Sender

CLI = CliRunner()
PHOTO = b"a photo's bytes"


@dataclass
class Shop:
    """A shop in whose conversations somebody writes all the time."""

    settings: Settings
    stored: list[str] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def busy(self, during: Callable[[], object]) -> list[str]:
        """Run `during` in a thread while messages come in; those stored before it began."""
        house = open_house(self.settings, accounts_of(self.settings), clock=SystemClock())
        await house.prepare()
        house.storage.put(PHOTO)
        writers = [asyncio.create_task(self._write(house, who)) for who in range(6)]
        worker = house.worker()
        working = asyncio.create_task(worker.run())
        await self._until(60)
        before = list(self.stored)
        await asyncio.to_thread(during)
        await self._until(len(self.stored) + 20)
        worker.stop()
        for writer in writers:
            writer.cancel()
        await asyncio.gather(working, *writers, return_exceptions=True)
        await house.close()
        return before

    async def _until(self, number: int) -> None:
        while len(self.stored) < number:
            self._more.clear()
            await self._more.wait()

    async def _write(self, house: House, who: int) -> None:
        account = house.channels.account("web-demo")
        number = 0
        while True:
            number += 1
            message = InboundMessage(
                f"{who}-{number}",
                Sender(f"visitor:{who}", "", "en"),
                InboundKind.TEXT,
                house.clock.now(),
                number,
                text="where is my parcel? " * 20,
            )
            accepted = await house.db.tx(inbox.accept, account, message, "en")
            self.stored.append(accepted.message.id)
            self._more.set()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", demo=True)
    prepare(settings)
    settings.signing_secret()
    (settings.data_dir / "channels.yml").write_text("- {id: web, channel: webchat}\n")
    return Shop(settings)


@pytest.fixture
def archive(shop: Shop, tmp_path: Path) -> Path:
    """A backup of a quiet shop."""
    (shop.settings.data_dir / "files" / "ab").mkdir(parents=True)
    back_up(shop.settings.data_dir, tmp_path / "quiet.tar.gz")
    return tmp_path / "quiet.tar.gz"


def messages_in(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM message")}


def test_a_copy_of_a_busy_shop_holds_all_that_was_stored_before(shop: Shop, tmp_path: Path) -> None:
    archive, folder = tmp_path / "shop.tar.gz", tmp_path / "restored"
    told: list[tuple[str, int, int]] = []
    before = asyncio.run(
        shop.busy(lambda: back_up(shop.settings.data_dir, archive, lambda *step: told.append(step)))
    )
    assert {what for what, _, _ in told} >= {DATABASE, "files"}
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    restore(archive, folder)
    kept = messages_in(folder / DATABASE)
    assert set(before) <= kept
    assert len(kept) < len(messages_in(shop.settings.data_dir / DATABASE))
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    for name in ("secret", "channels.yml"):
        assert (folder / name).read_text() == (shop.settings.data_dir / name).read_text()
    (photo,) = (folder / "files").glob("??/*")
    assert photo.read_bytes() == PHOTO
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600


def test_the_restored_shop_goes_on(shop: Shop, tmp_path: Path) -> None:
    archive, folder = tmp_path / "shop.tar.gz", tmp_path / "restored"
    asyncio.run(shop.busy(lambda: back_up(shop.settings.data_dir, archive)))
    restore(archive, folder)
    again = Shop(Settings(_env_file=None, data_dir=folder, demo=True))
    asyncio.run(again.busy(lambda: None))
    verified = CLI.invoke(app, ["audit", "verify", "--data", str(folder)])
    assert "holds" in verified.stdout


def test_the_shops_own_articles_come_along_without_their_index(shop: Shop, tmp_path: Path) -> None:
    article, index = Path("articles/zh-CN/kettle-care.md"), Path("articles-index/chroma.sqlite3")
    for file in (article, index):
        (shop.settings.data_dir / file).parent.mkdir(parents=True)
        (shop.settings.data_dir / file).write_text("words", "utf-8")
    back_up(shop.settings.data_dir, tmp_path / "a.tar.gz")
    restore(tmp_path / "a.tar.gz", tmp_path / "restored")
    assert (tmp_path / "restored" / article).read_text("utf-8") == "words"
    assert not (tmp_path / "restored" / index).exists()


def test_the_shops_own_models_come_along(shop: Shop, tmp_path: Path) -> None:
    home = shop.settings.data_dir / "models" / "nlu"
    for file in ("active", "may/model.npz", "may/report.json", "may/notes.txt"):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(file, "utf-8")
    back_up(shop.settings.data_dir, tmp_path / "m.tar.gz")
    restore(tmp_path / "m.tar.gz", tmp_path / "restored")
    there = tmp_path / "restored" / "models" / "nlu"
    assert (there / "active").read_text("utf-8") == "active"
    found = sorted(path.relative_to(there).as_posix() for path in there.rglob("*.*"))
    assert found == ["may/model.npz", "may/report.json"]


def test_the_commands(shop: Shop, tmp_path: Path) -> None:
    data, file = str(shop.settings.data_dir), str(tmp_path / "c.tar.gz")
    made = CLI.invoke(app, ["backup", file, "--data", data])
    assert made.exit_code == 0, made.output
    assert "aftercare.db: 100 %" in made.stderr
    again = CLI.invoke(app, ["backup", file, "--data", data])
    assert isinstance(again.exception, Conflict)
    brought = CLI.invoke(app, ["restore", file, "--into", str(tmp_path / "new")])
    assert brought.exit_code == 0, brought.output
    assert "aftercare all --data" in brought.stdout
    elsewhere = CLI.invoke(app, ["restore", file, "--into", data])
    assert isinstance(elsewhere.exception, Conflict)


def revision_of(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_older_backup_is_migrated(tmp_path: Path) -> None:
    data = tmp_path / "old"
    data.mkdir()
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    config.attributes["url"] = str(data / DATABASE)
    command.upgrade(config, "0001")
    back_up(data, tmp_path / "a.tar.gz")
    assert revision_of(data / DATABASE) == "0001"
    restore(tmp_path / "a.tar.gz", tmp_path / "new")
    assert revision_of(tmp_path / "new" / DATABASE) == run.head_revision()
    assert not list((tmp_path / "new").glob(f"{DATABASE}-*"))


def test_a_newer_backup_is_refused(shop: Shop, tmp_path: Path) -> None:
    with closing(sqlite3.connect(shop.settings.data_dir / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    back_up(shop.settings.data_dir, tmp_path / "a.tar.gz")
    with pytest.raises(Invalid, match="newer version"):
        restore(tmp_path / "a.tar.gz", tmp_path / "new")
    assert not (tmp_path / "new").exists()


Entries = list[tuple[tarfile.TarInfo, bytes]]


def rewritten(archive: Path, change: Callable[[Entries], None]) -> Path:
    """The archive with other content."""
    entries: Entries = []
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            entries.append((member, content.read()))
    change(entries)
    target = archive.with_name("changed.tar.gz")
    with tarfile.open(target, "w:gz") as tar:
        for info, raw in entries:
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw) if info.isreg() else None)
    return target


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "extra",
    [
        member("../outside"),
        member("/etc/outside"),
        member("files/../../outside"),
        member("files/ab/" + "a" * 63 + "/"),
        member("files/zz/" + "a" * 64),
        member("secret", tarfile.SYMTYPE, "/etc/passwd"),
        member("files", tarfile.SYMTYPE, "/etc"),
        member("channels.yml", tarfile.LNKTYPE, "../outside"),
        member("files/ab", tarfile.DIRTYPE),
        member("device", tarfile.CHRTYPE),
        member("service.lock"),
        member("articles/../outside.md"),
        member("articles/en/run.sh"),
    ],
    ids=lambda info: f"{info.name[:20]}-{info.type.decode()}",
)
def test_nothing_is_written_but_our_own_files(
    archive: Path, tmp_path: Path, extra: tarfile.TarInfo
) -> None:
    changed = rewritten(archive, lambda entries: entries.insert(0, (extra, b"")))
    folder = tmp_path / "new"
    with pytest.raises(Invalid):
        restore(changed, folder)
    assert not folder.exists()
    assert not (tmp_path / "outside").exists()
    assert not list(tmp_path.glob(".new.*"))


def flip(entries: Entries, name: str) -> None:
    for number, (info, raw) in enumerate(entries):
        if info.name == name:
            entries[number] = (info, raw[:-1] + bytes([raw[-1] ^ 1]))


@pytest.mark.parametrize("name", [DATABASE, "secret", "channels.yml"])
def test_an_altered_file_is_refused(archive: Path, tmp_path: Path, name: str) -> None:
    changed = rewritten(archive, lambda entries: flip(entries, name))
    with pytest.raises(Invalid, match=f"{name} was altered"):
        restore(changed, tmp_path / "new")


def test_a_damaged_database_is_refused_though_its_checksum_fits(
    archive: Path, tmp_path: Path
) -> None:
    def damage(entries: Entries) -> None:
        info, raw = entries[0]
        assert info.name == DATABASE
        middle = len(raw) // 2 // 4096 * 4096
        broken = raw[:middle] + bytes(4096) + raw[middle + 4096 :]
        entries[0] = (info, broken)
        manifest_info, manifest = entries[-1]
        told = json.loads(manifest)
        told["files"][0]["sha256"] = hashlib.sha256(broken).hexdigest()
        entries[-1] = (manifest_info, json.dumps(told).encode())

    with pytest.raises(Invalid, match="damaged"):
        restore(rewritten(archive, damage), tmp_path / "new")


def test_a_rewritten_audit_log_is_refused(shop: Shop, tmp_path: Path) -> None:
    data = str(shop.settings.data_dir)
    CLI.invoke(
        app,
        ["accounts", "create", "a@example.com", "--data", data],
        input="a long password\na long password\n",
    )
    with closing(sqlite3.connect(shop.settings.data_dir / DATABASE)) as connection, connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        assert connection.execute("UPDATE audit_entry SET actor_name = 'Nobody'").rowcount
    back_up(shop.settings.data_dir, tmp_path / "a.tar.gz")
    with pytest.raises(Invalid, match="audit log does not hold from entry 1"):
        restore(tmp_path / "a.tar.gz", tmp_path / "new")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.97])
def test_a_cut_off_archive_is_refused(archive: Path, tmp_path: Path, kept: float) -> None:
    raw = archive.read_bytes()
    archive.write_bytes(raw[: int(len(raw) * kept)])
    with pytest.raises(Invalid):
        restore(archive, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_refused(archive: Path, tmp_path: Path) -> None:
    def another_format(entries: Entries) -> None:
        info, raw = entries[-1]
        entries[-1] = (info, json.dumps({**json.loads(raw), "format": 99}).encode())

    def without_manifest(entries: Entries) -> None:
        entries.pop()

    for change in (another_format, without_manifest):
        with pytest.raises(Invalid):
            restore(rewritten(archive, change), tmp_path / "new")
    (tmp_path / "text.gz").write_bytes(gzip.compress(b"no tar"))
    with pytest.raises(Invalid):
        restore(tmp_path / "text.gz", tmp_path / "new")


def test_a_backup_that_fails_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    target = tmp_path / "a.tar.gz"
    shutil.copy(__file__, shop.settings.data_dir / DATABASE)
    for leftover in shop.settings.data_dir.glob(f"{DATABASE}-*"):
        leftover.unlink()
    with pytest.raises(sqlite3.DatabaseError):
        back_up(shop.settings.data_dir, target)
    assert not target.exists()
    assert not list(tmp_path.glob(".*"))
