"""Which variant does he want instead? Words compared with the options variants differ in.

An option he doesn't name stays as it is, where such a variant can be had: "the same in blue".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.change_ports import VariantView
from bot.understanding.slots.variants import colours, price_wanted, sizes

MAX_TEXT: Final = 500
LONGEST_VALUE: Final = 20
"""Characters of an option's value that may be a colour or a size."""

_NOT_WANTED = re.compile(
    r"(?:instead of|rather than|not|no longer|from|but not|don't want|而不是|不要|不是|别要|别)\s*"
    r"(?:the|an?|my|your|in)?\s*(?:[\w-]+\s+){0,1}$"
)
_BARE_SIZE = re.compile(r"(?<!size )(?<![\w'’.&-])(X{0,3}[SL]|M)(?![\w'’&-])")
"""A size as one writes it in capitals by itself: "blue L"."""
_WORD = re.compile(r"[^\W_]+")
_SAME = re.compile(r"\b(?:same|unchanged|as it is|keep it)\b|不变|照旧|原样|一样")


@dataclass(frozen=True, slots=True)
class Chosen:
    """`one` beyond doubt; else those that fit what he said, nearest first."""

    one: VariantView | None = None
    fitting: tuple[VariantView, ...] = ()


def choose(words: str, now: VariantView, variants: Sequence[VariantView]) -> Chosen:
    """The variant the words mean, of those that can be had; `now` is what he has."""
    text = _BARE_SIZE.sub(r"size \1", words[:MAX_TEXT]).casefold()
    there = [one for one in variants if one.available and one.price is not None]
    others = [one for one in there if one.sku != now.sku]
    for one in others:
        if re.search(rf"(?<!\w){re.escape(one.sku.casefold())}(?!\w)", text):
            return Chosen(one)
    wanted = wishes(text, now, variants)
    fitting = [one for one in others if _fits(one, wanted)] if wanted else []
    if not fitting:
        return _by_price(text, others) if not wanted else Chosen()
    by_changes = sorted(fitting, key=lambda one: (_unasked(one, now, wanted), one.sku))
    least = _unasked(by_changes[0], now, wanted)
    nearest = [one for one in by_changes if _unasked(one, now, wanted) == least]
    if price := price_wanted(text):
        best = sorted(fitting, key=lambda one: -price * (one.price.minor if one.price else 0))
        return Chosen(best[0])
    # What he did not ask for stays as it is, or he is asked.
    return Chosen(nearest[0] if len(nearest) == 1 and least == 0 else None, tuple(by_changes))


def wants_no_change(words: str) -> bool:
    """Whether he says that it stays what it is."""
    return bool(_SAME.search(words.casefold()))


def wishes(
    text: str, now: VariantView, variants: Sequence[VariantView]
) -> Mapping[str, frozenset[str]]:
    """Option -> the values he names of it; values he names only to be rid of are not among them."""
    found: dict[str, set[str]] = {}
    spans: list[tuple[int, int, str, str]] = []
    for name, value in {(name, value) for one in variants for name, value in one.options.items()}:
        for start, end in _places(text, name, value):
            spans.append((start, end, name, value))
    for start, end, name, value in spans:
        inside = any(
            other[0] <= start and end <= other[1] and other[1] - other[0] > end - start
            for other in spans
        )
        if not inside and not _NOT_WANTED.search(text[:start]):
            found.setdefault(name, set()).add(value)
    for name, values in _by_meaning(text, variants).items():
        found.setdefault(name, set()).update(values)
    named = {name: frozenset(values) for name, values in found.items()}
    # "My red shirt in blue": what it is now is named to tell which one he means.
    return {
        name: values - {now.options.get(name, "")} if len(values) > 1 else values
        for name, values in named.items()
    }


def difference(one: VariantView, now: VariantView) -> int:
    """In how many options two variants differ."""
    return sum(one.options.get(name) != value for name, value in now.options.items())


def _fits(one: VariantView, wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(one.options.get(name) in values for name, values in wanted.items())


def _unasked(one: VariantView, now: VariantView, wanted: Mapping[str, frozenset[str]]) -> int:
    return sum(
        one.options.get(name) != value for name, value in now.options.items() if name not in wanted
    )


def _by_price(text: str, others: Sequence[VariantView]) -> Chosen:
    price = price_wanted(text)
    if not price or not others:
        return Chosen()
    best = max(others, key=lambda one: price * (one.price.minor if one.price else 0))
    return Chosen(best)


def _places(text: str, name: str, value: str) -> list[tuple[int, int]]:
    """Where a value stands. Yes and no, and bare short values, need their option's name near."""
    words = _WORD.findall(value.casefold())
    if not words:
        return []
    pattern = r"[\W_]*".join(map(re.escape, words))
    edge_start = r"(?<!\w)" if words[0].isascii() else ""
    edge_end = r"(?!\w)" if words[-1].isascii() else ""
    found = [
        (match.start(), match.end())
        for match in re.finditer(f"{edge_start}{pattern}{edge_end}", text)
    ]
    if len(value) > 2 or not value.isascii():
        return found
    label = name.casefold()
    return [(start, end) for start, end in found if label in text[max(0, start - 24) : end + 24]]


def _by_meaning(text: str, variants: Sequence[VariantView]) -> Mapping[str, set[str]]:
    """Colours and sizes in whatever language: "藏青" means navy."""
    found: dict[str, set[str]] = {}
    for read, form in ((colours, "{}"), (sizes, "size {}")):
        wanted = read(text)
        if len(wanted) != 1:
            continue
        for one in variants:
            for name, value in one.options.items():
                if len(value) <= LONGEST_VALUE and read(form.format(value)) & wanted:
                    found.setdefault(name, set()).add(value)
    return found
