"""Fixtures for all tests: real servers and a real browser."""

import os

# Photos are read where that is what is tested: it takes a whole processor for seconds.
os.environ.setdefault("AFTERCARE_PHOTO_CHECKS", "blank,reused")

from tests.support.scratch import use_memory

use_memory()

pytest_plugins = [
    "tests.support.servers",
    "tests.support.browser",
    "tests.support.databases",
]
