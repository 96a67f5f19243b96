"""The whole house, for the demo shop's own server."""

from tests.support.houses import house, settings

__all__ = ["house", "settings"]
