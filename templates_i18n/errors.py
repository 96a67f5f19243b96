"""What can be wrong with a template, always with the key and the locale it is about."""

from __future__ import annotations

from collections.abc import Sequence


class TemplateError(Exception):
    """Base of all errors about one template. `locale` is the one whose text was used."""

    def __init__(self, key: str, locale: str, reason: str) -> None:
        super().__init__(f"template {key} ({locale}): {reason}")
        self.key = key
        self.locale = locale
        self.reason = reason


class MissingTemplate(TemplateError):
    """No locale of the fallback chain has the key."""


class BrokenTemplate(TemplateError):
    """The text cannot be compiled, or cannot be rendered with what it was given.

    `variable` names the variable that was missing, or is empty.
    """

    def __init__(self, key: str, locale: str, reason: str, variable: str = "") -> None:
        super().__init__(key, locale, reason)
        self.variable = variable


class CatalogError(Exception):
    """The files of a catalog cannot be read; `problems` has one line for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
