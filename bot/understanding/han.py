"""Traditional and simplified Chinese: telling them apart, and the simplified form for matching.

The tables are OpenCC's; they are read at the first Chinese text that needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module, resources
from typing import Final, cast

HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
KANA: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")

_SAME_WORD: Final = frozenset("乾藉瞭覆徵著后里面只台干斗云松余谷几出冬升准冲别制才系向")
"""Written so in both scripts, in some word or other: they tell nothing."""


@lru_cache(maxsize=1)
def _simplified_of() -> Mapping[int, str]:
    """Traditional character -> simplified, one for one."""
    table = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {
        ord(traditional): simplified[0]
        for traditional, simplified in pairs
        if len(traditional) == 1 and simplified[0] != traditional
    }


@lru_cache(maxsize=1)
def _simplified_only() -> frozenset[str]:
    """Characters that only simplified Chinese has."""
    traditional = _simplified_of()
    return frozenset(
        one
        for one in traditional.values()
        if ord(one) not in traditional and one not in _SAME_WORD and not _in_big5(one)
    )


def _in_big5(character: str) -> bool:
    try:
        character.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def simplified(text: str) -> str:
    """Each traditional character as its simplified one; as long as the text, place by place."""
    return text.translate(_simplified_of()) if HAN.search(text) else text


def counts(text: str) -> tuple[int, int]:
    """How many characters only traditional, and how many only simplified Chinese would write."""
    if not HAN.search(text):
        return 0, 0
    traditional, only = _simplified_of(), _simplified_only()
    return (
        sum(ord(one) in traditional and one not in _SAME_WORD for one in text),
        sum(one in only for one in text),
    )


def mainland(text: str) -> str:
    """Traditional Chinese in the characters and words of the mainland (`軟體` -> `软件`).

    Other texts, and Japanese, stay as they are. The result's length may differ.
    """
    if not counts(text)[0] or KANA.search(text):
        return text
    return _converter()(text)


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    opencc = import_module("opencc")  # without types of its own, and 15 ms: only when needed
    return cast("Callable[[str], str]", opencc.OpenCC("tw2sp").convert)
