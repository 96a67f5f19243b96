"""Yes, no, and what is neither, in every language that is understood."""

from __future__ import annotations

import pytest

from bot.dialogs import commands as c
from bot.dialogs.slots import CONFIRMED, NO, YES
from tests.bot.test_rules import asked, read

YESES = {
    "zh-CN": ["嗯", "嗯嗯", "好的", "是", "可以", "对", "没问题", "好滴"],
    "zh-TW": ["對", "好", "沒問題"],
    "en": ["yes", "yep", "sure", "ok", "yes please", "go ahead", "yes and thanks"],
    "es": ["sí", "vale", "claro", "sí y gracias"],
    "de": ["ja", "genau", "ja und danke"],
    "fr": ["oui", "d'accord", "oui et merci"],
    "ja": ["はい", "お願いします"],
    "ko": ["네", "예", "맞아요", "네, 감사합니다"],
    "pt": ["sim", "certo", "isso mesmo", "sim por favor"],
    "ru": ["да", "конечно", "Да!", "да, пожалуйста"],
    "ar": ["نعم", "تمام", "موافق"],
    "it": ["sì", "certo", "va bene"],
}
NOES = {
    "zh-CN": ["不", "不是", "不要", "不对"],
    "zh-TW": ["沒有", "不對"],
    "en": ["no", "nope", "nah", "not yet"],
    "es": ["no", "todavía no"],
    "de": ["nein", "noch nicht"],
    "fr": ["non", "pas encore"],
    "ja": ["いいえ", "違います"],
    "ko": ["아니요", "아뇨"],
    "pt": ["não", "ainda não"],
    "ru": ["нет", "неа"],
    "ar": ["لا", "كلا"],
    "it": ["no", "non ancora"],
}
NEITHER = [
    *("sure but not now", "yes but only one", "yes no", "not sure", "ok wait", "yes?", "right?"),
    *("不是不要", "好吧，但是", "可以但是", "是吗", "算了"),
    *("да, но", "はい、でも", "sí pero", "oui mais", "ja aber", "sim mas", "네 그런데", "نعم ولكن"),
    "sì ma",
]
ASKED = asked(CONFIRMED, "one", "two")


@pytest.mark.parametrize(("locale", "word"), [(key, one) for key in YESES for one in YESES[key]])
def test_yes(locale: str, word: str) -> None:
    assert list(read(word, ASKED)) == [c.SetSlot(CONFIRMED, YES)]


@pytest.mark.parametrize(("locale", "word"), [(key, one) for key in NOES for one in NOES[key]])
def test_no(locale: str, word: str) -> None:
    assert list(read(word, ASKED)) == [c.SetSlot(CONFIRMED, NO)]


@pytest.mark.parametrize("text", NEITHER)
def test_neither(text: str) -> None:
    verdicts = [one.value for one in read(text, ASKED) if isinstance(one, c.SetSlot)]
    assert YES not in verdicts
    assert NO not in verdicts
