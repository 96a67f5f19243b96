"""Some of these tests use a whole house."""

from tests.support.houses import settings

__all__ = ["settings"]
