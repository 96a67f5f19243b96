"""The gate for templates: `python -m templates_i18n.check` lists every fault and exits 1 on any.

Every locale has every key, with the same variables; code mentions only keys that exist, and no key
is left that no code mentions; and the texts carry no slips one can see without reading them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from babel import Locale
from jinja2 import nodes

from templates_i18n import locales
from templates_i18n.catalog import HOME, Catalog, read_texts
from templates_i18n.errors import BrokenTemplate
from templates_i18n.filters import PLURAL_CATEGORIES
from templates_i18n.proofread import slips, visible_text
from templates_i18n.render import CompiledText
from templates_i18n.usage import Families, Usage, read_families, scan

ROOMS: Final = ("bot", "backend", "assist")
"""Where code may say something to a customer."""


def check(templates: Path, code: Path) -> list[str]:
    """All faults of the templates in one folder, given the rooms of code below another."""
    texts, problems = read_texts(templates)
    catalog, broken = _load_sound(texts)
    problems += broken
    keys = frozenset(key for by_key in texts.values() for key in by_key)
    problems += _missing(texts)
    problems += _unequal_variables(catalog, keys)
    problems += _unsound_filters(catalog, keys)
    for text in catalog.compiled():
        for slip in slips(visible_text(text.parse()), text.locale):
            problems.append(f"{text.locale}: {text.key}: {slip}")
    try:
        families = read_families(templates / "families.yml")
    except ValueError as error:
        return [*problems, str(error)]
    domains = frozenset(key.partition(".")[0] for key in keys)
    usage = scan(code, ROOMS, domains, families.silent)
    labelled = {
        f"{family}." for text in catalog.compiled() for family in _label_families(text.parse())
    }
    problems += _usage(keys, usage, families, labelled)
    problems += _undeclared(families, keys, code)
    problems += _missing_params(catalog, usage)
    return problems


def _load_sound(texts: dict[str, dict[str, str]]) -> tuple[Catalog, list[str]]:
    """A catalog of the templates that compile, and the faults of those that don't."""
    broken: list[str] = []
    sound: dict[str, dict[str, str]] = {}
    for locale, by_key in texts.items():
        sound[locale] = {}
        for key, source in by_key.items():
            try:
                CompiledText(key, locale, source)
            except BrokenTemplate as error:
                broken.append(str(error))
            else:
                sound[locale][key] = source
    return Catalog(sound), broken


def _missing(texts: dict[str, dict[str, str]]) -> Iterator[str]:
    known = {key for locale in locales.BABEL for key in texts.get(locale, {})}
    for locale in locales.BABEL:
        for key in sorted(known - texts.get(locale, {}).keys()):
            yield f"{locale}: {key}: missing"


def _unequal_variables(catalog: Catalog, keys: frozenset[str]) -> Iterator[str]:
    for key in sorted(keys):
        have = [locale for locale in locales.BABEL if catalog.has(key, locale)]
        if not have:
            continue
        first = "en" if "en" in have else have[0]
        expected = catalog.variables(key, first)
        for locale in have:
            actual = catalog.variables(key, locale)
            if lacking := sorted(expected - actual):
                yield f"{locale}: {key}: does not use {', '.join(lacking)}, as {first} does"
            if extra := sorted(actual - expected):
                yield f"{locale}: {key}: uses {', '.join(extra)}, which {first} does not"


def _unsound_filters(catalog: Catalog, keys: frozenset[str]) -> Iterator[str]:
    for text in catalog.compiled():
        tree, place = text.parse(), f"{text.locale}: {text.key}"
        for use in tree.find_all(nodes.Filter):
            if use.name == "plural":
                yield from (f"{place}: {fault}" for fault in _plural_faults(use, text.locale))
            elif use.name == "label" and not _is_text(use.args):
                yield f"{place}: label needs its family as a literal text"
        for family in _label_families(tree):
            members = [key for key in keys if key.startswith(f"{family}.")]
            if not members:
                yield f"{place}: label({family!r}) has no keys"
            for member in sorted(members):
                if not catalog.has(member, text.locale):
                    yield f"{place}: label({family!r}) needs {member} in {text.locale}"


def _plural_faults(use: nodes.Filter, locale: str) -> Iterator[str]:
    given = {str(keyword.key) for keyword in use.kwargs}
    if unknown := given - set(PLURAL_CATEGORIES):
        yield f"plural knows no category {', '.join(sorted(unknown))}"
    # `many` is for round millions in Spanish and French: `other` serves there.
    rules = Locale.parse(locales.BABEL[locale]).plural_form.tags
    if lacking := ({*rules, "other"} - {"many"}) - given:
        yield f"plural lacks {', '.join(sorted(lacking))}"


def _is_text(args: Sequence[nodes.Expr]) -> bool:
    return len(args) == 1 and isinstance(args[0], nodes.Const) and isinstance(args[0].value, str)


def _label_families(tree: nodes.Template) -> Iterator[str]:
    for use in tree.find_all(nodes.Filter):
        if use.name == "label" and _is_text(use.args):
            yield use.args[0].as_const()


def _usage(
    keys: frozenset[str], usage: Usage, families: Families, labelled: set[str]
) -> Iterator[str]:
    for key, place in sorted(usage.keys.items()):
        if key not in keys:
            yield f"{place}: {key}: no such template"
    for beginning, place in sorted(usage.beginnings.items()):
        if not families.covers_beginning(beginning):
            yield f"{place}: {beginning}…: keys built in code, not declared in families.yml"
    for key in sorted(keys - usage.keys.keys()):
        if not families.covers(key) and not key.startswith(tuple(labelled)):
            yield f"{key}: unused"


def _missing_params(catalog: Catalog, usage: Usage) -> Iterator[str]:
    """Calls that leave out a variable their template reads, where both can be seen."""
    for call in usage.calls:
        for locale in locales.BABEL:
            if not catalog.has(call.key, locale):
                continue
            if lacking := sorted(catalog.variables(call.key, locale) - call.params):
                yield f"{call.place}: {call.key}: is not given {', '.join(lacking)}"
                break


def _undeclared(families: Families, keys: frozenset[str], code: Path) -> Iterator[str]:
    """Declarations of families that no longer tell the truth."""
    for pattern, name in sorted(families.built_in.items()):
        file, beginning = code / name, pattern.split("*")[0]
        if not file.is_file():
            yield f"families.yml: {pattern}: no file {name}"
        elif beginning not in file.read_text("utf-8"):
            yield f"families.yml: {pattern}: {name} does not build it"
        if not any(Families({pattern: name}).covers(key) for key in keys):
            yield f"families.yml: {pattern}: no template has such a key"
    for name in families.silent:
        if not (code / name).exists():
            yield f"families.yml: silent {name}: no such file or folder"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the faults; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m templates_i18n.check", description=__doc__)
    parser.add_argument("--templates", type=Path, default=HOME, help="folder of <locale>/*.yml")
    parser.add_argument(
        "--code", type=Path, default=HOME.parent, help="folder of bot/ and backend/"
    )
    options = parser.parse_args(argv)
    problems = check(options.templates, options.code)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(
        f"{len(problems)} problems in the templates\n" if problems else "templates: ok\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
