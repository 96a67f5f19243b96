"""Slips one can see in a text without knowing the language well: what was left unfinished, and
punctuation of the wrong width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

_INSERTED: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WIDE_MARKS: Final = "\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"

_UNFINISHED: Final = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX)\b|(?i:lorem ipsum)|待翻译|待补充|待填|\?\?\?"
    r"|\{[a-z_]+\}|%\([a-z_]+\)[sd]|%[sd]\b|<[a-z_ ]+>"
)
_WIDE_LETTERS: Final = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")
_NARROW_BESIDE_CJK: Final = re.compile(
    f"[{_CJK}][ ]?[,;:?!(]|[,;:?!)][ ]?[{_CJK}]|[(][{_CJK}]|[{_CJK}][)]|[{_CJK}][.](?![\\w.])"
)
_DOTS: Final = re.compile(r"\.\.\.|。。+")
_WIDE: Final = re.compile(f"[{_WIDE_MARKS}]")


def visible_text(tree: nodes.Template) -> str:
    """What the template says by itself, with a mark wherever something is inserted or decided."""
    pieces = [
        child.data if isinstance(child, nodes.TemplateData) else _INSERTED
        for output in tree.find_all(nodes.Output)
        for child in output.nodes
    ]
    return "".join(pieces)


def slips(text: str, locale: str) -> Iterator[str]:
    """What is wrong with a visible text of a locale, each with the place it was seen in."""
    rules = [("left unfinished", _UNFINISHED), ("full-width letters or digits", _WIDE_LETTERS)]
    if locale.startswith(("zh", "ja")):
        rules.append(("half-width punctuation", _NARROW_BESIDE_CJK))
        rules.append(("dots instead of \u2026\u2026", _DOTS))
    else:
        rules.append(("full-width punctuation", _WIDE))
    for name, rule in rules:
        if found := rule.search(text):
            around = text[max(0, found.start() - 8) : found.end() + 8]
            shown = around.replace(_INSERTED, "…").replace("\n", " ")
            yield f"{name}: {shown!r}"
