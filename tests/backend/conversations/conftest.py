"""Some of these tests use a whole house."""

from tests.support.houses import house, http, settings

__all__ = ["house", "http", "settings"]
