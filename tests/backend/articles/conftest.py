"""These tests use a whole house."""

from tests.support.houses import hello, house, http, settings

__all__ = ["hello", "house", "http", "settings"]
