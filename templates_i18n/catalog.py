"""All templates of all locales: read from files once, asked by key, locale and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from templates_i18n import locales
from templates_i18n.errors import BrokenTemplate, CatalogError, MissingTemplate
from templates_i18n.render import CompiledText

HOME: Final = Path(__file__).parent
_SEGMENT = re.compile(r"[a-z0-9_]+")


class _TextLoader(yaml.CBaseLoader if hasattr(yaml, "CBaseLoader") else yaml.BaseLoader):  # type: ignore[misc]
    """YAML where every scalar is text, so that the keys `yes` and `no` stay words, and where a
    key given twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key_node.value} is given twice", key_node.start_mark
                )
            seen.add(key_node.value)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class Catalog:
    """Templates by locale and key. Immutable; make a new one when texts change.

    `texts` is locale -> key -> template source. Raises CatalogError with one problem for each
    template that is broken in a way that shows without parameters.
    """

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._compiled: dict[tuple[str, str], CompiledText] = {}
        problems = [f"unknown locale {locale}" for locale in texts if locale not in locales.BABEL]
        for locale, by_key in texts.items():
            for key, source in by_key.items():
                try:
                    self._compiled[locale, key] = CompiledText(key, locale, source)
                except BrokenTemplate as error:
                    problems.append(str(error))
        if problems:
            raise CatalogError(problems)

    @classmethod
    def load(cls, path: Path | None = None) -> Catalog:
        """Read `<path>/<locale>/<domain>.yml`; without a path, the templates shipped with us."""
        return _shipped() if path is None else _read(path)

    def text(
        self, key: str, locale: str, params: Mapping[str, object], *, timezone: str = "UTC"
    ) -> str:
        """The text of `key` for a customer of `locale` (any tag), with `params` put in.

        Falls back along the locale's chain; amounts and dates are then written as in the language
        the text is in. `timezone` is the shop's IANA name.

        Raises MissingTemplate when no locale of the chain has the key, BrokenTemplate when the
        template cannot be rendered with these parameters.
        """
        zone = _zone(timezone)

        def label(label_key: str) -> str:
            return self._find(label_key, found.locale).render({}, zone, _no_label)

        found = self._find(key, locale)
        return found.render(params, zone, label)

    def has(self, key: str, locale: str) -> bool:
        """Whether exactly this locale has the key, without fallback."""
        return (locale, key) in self._compiled

    def keys(self, locale: str) -> frozenset[str]:
        """The keys exactly this locale has."""
        return frozenset(key for known, key in self._compiled if known == locale)

    def variables(self, key: str, locale: str) -> frozenset[str]:
        """What the template needs, as it would be found for `locale`."""
        return self._find(key, locale).variables

    def compiled(self) -> Iterator[CompiledText]:
        """Every template, for checks."""
        yield from self._compiled.values()

    @staticmethod
    def resolve_locale(tag: str | None) -> str:
        """The locale we answer in for any tag a channel reports, e.g. `zh-HK` -> `zh-TW`."""
        return locales.resolve(tag)

    def _find(self, key: str, locale: str) -> CompiledText:
        for candidate in locales.chain(locale):
            if found := self._compiled.get((candidate, key)):
                return found
        tried = ", ".join(locales.chain(locale))
        raise MissingTemplate(key, locale, f"in none of {tried}")


def _read(path: Path) -> Catalog:
    texts, problems = read_texts(path)
    if problems:
        raise CatalogError(problems)
    return Catalog(texts)


@lru_cache(maxsize=1)
def _shipped() -> Catalog:
    """Compiling a thousand templates takes a quarter of a second, and a catalog never changes."""
    return _read(HOME)


def _no_label(key: str) -> str:
    raise ValueError(f"{key} is a label, and a label cannot use another")


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def read_texts(path: Path) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Read a folder of templates: locale -> key -> source, and what could not be read.

    A folder whose name is no locale is not looked at, a locale without a folder is absent.
    """
    texts: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for locale in locales.BABEL:
        folder = path / locale
        if not folder.is_dir():
            continue
        texts[locale] = {}
        for file in sorted(folder.glob("*.yml")):
            for key, source in _read_domain(file, problems):
                texts[locale][key] = source
    if not texts:
        problems.append(f"{path}: no folder of a locale")
    return texts, problems


def _read_domain(file: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    name = f"{file.parent.name}/{file.name}"
    try:
        # A subclass of the loader that builds nothing but text, lists and mappings.
        tree = yaml.load(file.read_text("utf-8"), Loader=_TextLoader)  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{name}: {' '.join(str(error).split())}")
        return
    yield from _flatten(file.stem, tree, name, problems)


def _flatten(key: str, node: object, file: str, problems: list[str]) -> Iterator[tuple[str, str]]:
    if not _SEGMENT.fullmatch(key.rpartition(".")[2]):
        problems.append(f"{file}: {key}: a key is made of a-z, 0-9 and _")
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from _flatten(f"{key}.{name}", child, file, problems)
    elif isinstance(node, str) and node.strip():
        if "." in key:
            yield key, node
        else:
            problems.append(f"{file}: the file holds one text instead of keys")
    else:
        problems.append(f"{file}: {key}: a template is a text that is not empty")
