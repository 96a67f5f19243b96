"""Finds the products a text names, among a few known ones.

A product is named when a name of it (a title in any language, an alias, the article number), or a
telling part of one, stands in the text: whole words for spaced scripts (small typing errors are
forgiven), runs of two or more characters for Chinese and Japanese. Two products named by different
words are both meant; two named by the same word are told apart by how much of the text they
explain, and stay open when that is equal.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from rapidfuzz.fuzz import ratio

from bot.dialogs.parts.left_out import without_left_out
from bot.ports import ItemView
from bot.understanding.han import simplified
from bot.understanding.slots.variants import colours, price_wanted, sizes

MAX_TEXT: Final = 300
MIN_RUN: Final = 2
TYPO_LENGTH: Final = 4
SINGULAR_LENGTH: Final = 3
"""A name this long may be typed in the plural: "the mugs"."""
TYPO_RATIO: Final = 82.0

_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"


def words_of(text: str) -> frozenset[str]:
    """The words of a list kept as text."""
    return frozenset(text.split())


_LISTED = re.compile(r"[,;，；、]|\b(?:and|und|et|y)\b|和|以及|还有")
_SIZE_AT_END = re.compile(r"[\s,，/·-](X{0,3}[SL]|M)$", re.IGNORECASE)
_WORD = re.compile(rf"[^\W_{_CJK}]+(?:['-][^\W_{_CJK}]+)*")
_RUN = re.compile(rf"[{_CJK}]+")

_COMMON_WORDS: Final = words_of(
    """
    a an and are as at be both but by can do for from get got had has have he her his how i if in
    is it its me money more my need new no not now of off on one or order ordered our out package
    parcel piece pieces please pack product refund return returned returning send set she so some
    still thanks that the their them then there these they thing this those to too two up want
    wanted was we were what when where which will with would you your item items
    broken damaged wrong missing quality back received arrived delivered bought
    el la los las un una y de del con para por mi quiero der die das ein eine und mit fur ich
    le les une des et pour avec je mon ma
    """
)
_COMMON_RUNS: Final = words_of(
    """
    退款 退货 订单 訂單 快递 收到 质量 品質 一个 一個 两个 这个 那个 這個 那個 我的 我们 可以 现在
    现货 什么 东西 商品 产品 申请 问题 没有 不是 想退 要退 新款 一件 两件 你们 你好 怎么 已经 今天
    昨天 套装 家用 正品 送货 发货 钱款 寄回 返品 注文 です ます
    """
)


@dataclass(frozen=True, slots=True)
class Matches:
    """`chosen` are named beyond doubt; each group of `unclear` shares the words that name it."""

    chosen: tuple[ItemView, ...] = ()
    unclear: tuple[ItemView, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    item: ItemView
    where: frozenset[int]
    whole: frozenset[int]
    """Where a whole name of it stands."""
    by_name: bool = True
    """Whether more than the options behind its title name it."""

    @property
    def weight(self) -> tuple[bool, int]:
        return bool(self.whole), len(self.where)

    def shares_words_with(self, other: _Named) -> bool:
        """Whether the same words name both. Of two that are called by their whole names, what
        else fits them ("medium") may be said of each."""
        if self.whole and other.whole:
            return bool(self.whole & other.whole)
        return bool(self.where & other.where)


def match_items(text: str, items: Sequence[ItemView], *, by_price: bool = False) -> Matches:
    """Which of `items` does the text name?

    Where names leave it open, colour and size decide, in any language; and with `by_price`, among
    items he sees side by side, which is cheaper. What fits several stays open.
    What is named only to be left out is not among them, unless nothing else is named.
    """
    text = text[:MAX_TEXT]
    wanted = without_left_out(text)
    if wanted != text:
        found = _matched(wanted, items, by_price=by_price)
        if found.chosen or found.unclear:
            return found
    return _matched(text, items, by_price=by_price)


def _matched(text: str, items: Sequence[ItemView], *, by_price: bool) -> Matches:
    matches = _by_name(simplified(text.casefold()), items)
    if matches.chosen:
        return matches
    fitting = _told_apart(text, matches.unclear or items, by_price=by_price)
    if not fitting:
        return matches
    return Matches(fitting) if len(fitting) == 1 else Matches((), fitting)


MAX_PIECES: Final = 12
"""Things a list is read to name: each is compared with every item of the order."""


def match_listed(text: str, items: Sequence[ItemView], *, by_price: bool = False) -> Matches:
    """As `match_items`, and each of those a list names by itself: "the helmet in blue and the
    helmet in black" are two."""
    whole = match_items(text, items, by_price=by_price)
    wanted = without_left_out(text[:MAX_TEXT])
    if wanted != text[:MAX_TEXT] and match_items(wanted, items).chosen:
        text = wanted
    pieces = [piece for piece in _LISTED.split(text[:MAX_TEXT]) if len(piece.strip()) > 1]
    if not 1 < len(pieces) <= MAX_PIECES:
        return whole
    apart = [match_items(piece, items) for piece in pieces]
    chosen = {item.id for one in apart for item in one.chosen}
    sure = all(
        not one.unclear and all(is_called(item, piece) for item in one.chosen)
        for one, piece in zip(apart, pieces, strict=False)
    )
    if not sure or len(chosen) <= len(whole.chosen):
        return whole
    return Matches(tuple(item for item in items if item.id in chosen))


def is_called(item: ItemView, words: str) -> bool:
    """Whether the words hold a whole name of the item; what a title adds of options names none."""
    return place_of(item, words) < len(words)


def place_of(item: ItemView, words: str) -> int:
    """Where the words first hold a whole name of the item; their length if nowhere."""
    names = (*item.aliases, *map(_bare, item.titles.values()))
    text = simplified(words[:MAX_TEXT].casefold())
    places = [_position(text, simplified(name.casefold())) for name in names if name]
    return min((place for place in places if place >= 0), default=len(words))


def _told_apart(text: str, items: Sequence[ItemView], *, by_price: bool) -> tuple[ItemView, ...]:
    """The items that have what the text says of them; none if it says nothing, or none has it."""
    left = list(items)
    said = False
    for read in (colours, sizes):
        wanted = read(text)
        if len(wanted) == 1:
            said = True
            left = [item for item in left if wanted & (read(_titles(item)) | _size_at_end(item))]
        elif wanted:
            return ()
    price = price_wanted(text) if by_price else 0
    if price and len(left) > 1 and len({item.unit_price.currency for item in left}) == 1:
        said = True
        best = max(price * item.unit_price.minor for item in left)
        left = [item for item in left if price * item.unit_price.minor == best]
    return tuple(left) if said else ()


def _titles(item: ItemView) -> str:
    return " ".join(item.titles.values())


def _size_at_end(item: ItemView) -> frozenset[str]:
    """A size that closes a title without being called one: "Merino sweater, navy, M"."""
    found = (_SIZE_AT_END.search(title) for title in item.titles.values())
    return frozenset(match[1].upper() for match in found if match)


def _by_name(text: str, items: Sequence[ItemView]) -> Matches:
    named = [found for item in items if (found := _best(text, item)) is not None]
    if any(one.by_name for one in named):
        # "Gift card: the backpack" is about no camera whose memory is a card.
        named = [one for one in named if one.by_name]
    chosen: list[ItemView] = []
    unclear: list[ItemView] = []
    for one in named:
        rivals = [other for other in named if one.shares_words_with(other)]
        best = max(rival.weight for rival in rivals)
        if one.weight < best:
            continue
        if sum(rival.weight == best for rival in rivals) == 1:
            chosen.append(one.item)
        else:
            unclear.append(one.item)
    return Matches(tuple(chosen), tuple(unclear))


def _best(text: str, item: ItemView) -> _Named | None:
    names = {*item.titles.values(), *item.aliases, item.sku}
    found = [_find(text, simplified(name.casefold())) for name in names if name]
    where = frozenset[int]().union(*(places for places, _ in found))
    if not where:
        return None
    whole = frozenset[int]().union(*(places for places, is_whole in found if is_whole))
    by_name = any(_find(text, simplified(_bare(name).casefold()))[0] for name in names if name)
    return _Named(item, where, whole, by_name)


def _bare(name: str) -> str:
    """A name without the options a title closes with: "Tee (blue, M)"."""
    return name.partition(" (")[0] if name.endswith(")") else name


def _find(text: str, name: str) -> tuple[frozenset[int], bool]:
    """Positions of the text that name it, and whether the whole name stands there."""
    at = _position(text, name)
    if at >= 0:
        return frozenset(range(at, at + len(name))), True
    where: set[int] = set()
    for piece in _RUN.findall(name):
        where |= _common_run(text, piece)
    words = [(found.start(), found.group()) for found in _WORD.finditer(text)]
    for word in _WORD.findall(name):
        if word in _COMMON_WORDS or (len(word) < 3 and not word.isdigit()):
            continue
        for start, typed in words:
            if _same_word(typed, word):
                where.update(range(start, start + len(typed)))
    # Bare numbers ("2", "500") tell variants apart but name nothing by themselves.
    if all(text[position].isdigit() for position in where):
        return frozenset(), False
    return frozenset(where), False


def _position(text: str, name: str) -> int:
    if name in _COMMON_WORDS or name in _COMMON_RUNS:
        return -1
    if _RUN.search(name):
        return text.find(name) if len(name) >= MIN_RUN else -1
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else -1


def _common_run(text: str, piece: str) -> set[int]:
    """The longest run the text and a piece of a name share, unless everybody writes it."""
    best = SequenceMatcher(None, text, piece, autojunk=False).find_longest_match()
    run = text[best.a : best.a + best.size]
    if best.size < MIN_RUN or run in _COMMON_RUNS:
        return set()
    return set(range(best.a, best.a + best.size))


def _same_word(typed: str, word: str) -> bool:
    if typed == word or (len(word) >= SINGULAR_LENGTH and typed in (f"{word}s", f"{word}es")):
        return True
    if typed in _COMMON_WORDS or min(len(typed), len(word)) < TYPO_LENGTH:
        return False
    if typed.isdigit() or word.isdigit():
        return False
    return ratio(typed, word) >= TYPO_RATIO
