"""Fixtures for all tests: real servers and a real browser."""

pytest_plugins = [
    "tests.support.servers",
    "tests.support.browser",
    "tests.support.databases",
]
