import asyncio
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
import redis

from tests.support.servers import free_port, run_postgres, server_folder

ROOT = Path(__file__).parents[2]


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def test_each_database_is_fresh(postgres_database: str) -> None:
    connection = await connect(postgres_database)
    tables = await connection.fetchval(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    )
    collation = await connection.fetchval("SELECT lower('ÄÖÜ') || upper('é')")
    await connection.close()
    assert (tables, collation) == (0, "äöüÉ")


def test_committed_rows_outlive_a_killed_server() -> None:
    with server_folder() as folder:
        port = free_port()
        with run_postgres(folder, port) as server:
            server.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
            address = server.url()
            server.kill()
        with run_postgres(folder, port) as server:
            assert server.url() == address
            assert server.execute("SELECT count(*) FROM kept") == "1000"


HOLDER = """
import time
from tests.support.servers import run_postgres, run_redis
with run_postgres() as server, run_redis() as url:
    print(server.port, url.rpartition(":")[2].partition("/")[0], flush=True)
    time.sleep(60)
"""


def test_servers_die_with_a_killed_test_run() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    ports = [int(word) for word in holder.stdout.readline().split()]
    assert [is_listening(port) for port in ports] == [True, True]
    holder.kill()
    holder.communicate()
    deadline = time.monotonic() + 15
    while any(is_listening(port) for port in ports):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_listening(port: int) -> bool:
    async def probe() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    try:
        asyncio.run(probe())
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize("round_", [1, 2])
def test_redis_is_emptied_and_streams(redis_database: str, round_: int) -> None:
    with redis.Redis.from_url(redis_database, decode_responses=True) as client:
        client.xadd("events", {"round": round_})
        assert [fields for _, fields in client.xrange("events")] == [{"round": str(round_)}]
