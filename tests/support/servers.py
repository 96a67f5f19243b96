"""Fixtures that give tests a real Postgres and a real Redis; scripts use run_postgres, run_redis.

A server starts when the first test of a worker asks for it. If it cannot start the tests fail:
a suite that quietly left out its databases would prove nothing.
"""

from collections.abc import Iterator

import pytest
import redis

from tests.support.postgres import PostgresServer, run_postgres
from tests.support.process import ServerFailed, free_port, server_folder
from tests.support.redis import run_redis

__all__ = [
    "PostgresServer",
    "ServerFailed",
    "free_port",
    "run_postgres",
    "run_redis",
    "server_folder",
]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The worker's Postgres, for tests that make databases of their own."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """URL (postgresql+asyncpg) of the server's maintenance database."""
    return postgres_server.url()


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """URL (postgresql+asyncpg) of an empty database that is the test's own."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of the worker's Redis, which other tests of the worker have used before."""
    with run_redis() as url:
        yield url


@pytest.fixture
def redis_database(redis_url: str) -> str:
    """URL of the worker's Redis, emptied."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url
