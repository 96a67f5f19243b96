"""What leaves the house, by the requests the server got: nothing that tells who the customer is."""

from __future__ import annotations

import pytest

from bot.understanding.base import DialogView
from bot.understanding.llm.addresses import find_addresses
from bot.understanding.llm.masking import Masker, is_bank_card, is_id_card
from tests.support.llm_server import LlmServer
from tests.understanding.llm.support import options, said, understanding

# Text -> what of it must not leave.
SECRETS = {
    "我的手机号是13800138001": ["13800138001"],
    "电话 138-0013-8001 或 138 0013 8001": ["138-0013-8001", "0013 8001"],
    "打一三八零零一三八零零一": ["一三八零零一三八"],
    "１３８００１３８００１ 是我电话": ["13800138001", "１３８００１３８００１"],
    "1 3 8 0 0 1 3 8 0 0 1": ["1 3 8 0", "8 0 0 1"],
    "座机 021-64321234": ["64321234"],
    "call me on +1 415 555 0142 please": ["555 0142", "415"],
    "appelez le 06 12 34 56 78 svp": ["12 34 56"],
    "my number is (415) 555-0142": ["555-0142"],
    "five five five, oh one four two": ["oh one four two"],
    "mail lin.xiao+shop@example.com or 林晓@例子.公司": ["lin.xiao", "example.com", "例子"],
    "身份证 11010519491231002X": ["11010519491231002X"],
    "卡号 6222 0210 0111 6245 702": ["6222", "6245"],
    "visa 4111-1111-1111-1111 exp soon": ["4111"],
    "订单 LL20260512-0001 还没到": ["LL20260512", "0001"],
    "tracking SF1234567890123 stuck": ["SF1234567890123"],
    "1Z999AA10123456784 is lost": ["1Z999AA10123456784"],
    "request AS20260520-1286 now": ["AS20260520", "1286"],
    "寄到上海市徐汇区漕溪北路88号3栋502室": ["漕溪北路", "502"],
    "東京都渋谷区神南1丁目2番3号に": ["渋谷区神南"],
    "I live at 221 Baker Street, London NW1 6XE now": ["Baker", "NW1"],
    "Hauptstraße 12, 10115 Berlin ist es": ["Hauptstraße", "10115"],
    "au 12 rue de la Paix, 75002 Paris": ["Paix", "75002"],
    "vivo en Calle Mayor 5, Madrid": ["Mayor"],
    "see https://shop.example/t?token=s3cr3t-8001": ["shop.example", "s3cr3t"],
    "I am Anna Miller and anna miller stays": ["Anna Miller", "anna miller"],
    "尾号8001的那个手机": ["8001"],
    "13800\u200b138001 is mine": ["13800", "138001"],
}


@pytest.mark.parametrize("text", SECRETS)
async def test_nothing_that_tells_who_he_is_leaves(text: str) -> None:
    server = LlmServer()
    await understanding(server, model=server).understand(
        said(f"{text}, 东西 thing", "Anna Miller"), DialogView()
    )
    assert len(server.bodies) == 1
    assert "东西 thing" in server.sent
    for secret in SECRETS[text]:
        assert secret not in server.sent


async def test_nothing_leaves_in_what_goes_over_the_wire() -> None:
    server = LlmServer()
    text = "，".join(SECRETS)
    await understanding(server).understand(said(text, "Anna Miller"), DialogView())
    assert len(server.bodies) == 1
    for secrets in SECRETS.values():
        for secret in secrets:
            assert secret not in server.sent


async def test_of_the_dialog_only_the_view_leaves_without_facts() -> None:
    server = LlmServer()
    view = DialogView(
        "en",
        "refund",
        "order",
        options("LL20260510-0003 · $38.00 · 16 May 2026 · Blue mug", "The other one"),
        {"order": "secret-order-id", "comment": "private words"},
    )
    await understanding(server).understand(said("hm, the former"), view)
    asked = server.asked[0]
    assert set(asked) == {"flow", "awaited", "options", "message"}
    assert "Blue mug" in asked["options"][0]
    for fact in ("0003", "38", "2026", "secret-order-id", "private words", "p7:0"):
        assert fact not in str(asked)


async def test_four_digits_asked_for_as_proof_do_not_leave() -> None:
    server = LlmServer()
    view = DialogView("en", "verify_identity", "factor")
    await understanding(server).understand(said("it is 8001 I think"), view)
    assert "8001" not in server.sent


@pytest.mark.parametrize("text", [*SECRETS, "<PHONE_1> and 13800138001", "<ORDER_1><ORDER_1>"])
def test_what_was_masked_comes_back(text: str) -> None:
    masker = Masker(["Anna Miller"])
    assert masker.restore(masker.mask(text, proof_expected=True)) == text


def test_the_same_value_has_the_same_placeholder() -> None:
    masker = Masker()
    assert masker.mask("13800138001") == masker.mask("13800138001") == "<PHONE_1>"


def test_a_placeholder_never_given_out_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Masker().restore("<PHONE_1>")


@pytest.mark.parametrize(
    "text", ["I want 2 of the 3 mugs back", "退两件，一共59块", "arrived 2026-05-12", "路上3天了"]
)
def test_plain_words_and_small_numbers_stay(text: str) -> None:
    assert Masker().mask(text) == text


def test_check_digits() -> None:
    assert is_id_card("11010519491231002X")
    assert not is_id_card("110105194912310021")
    assert is_bank_card("4111 1111 1111 1111")
    assert not is_bank_card("4111 1111 1111 1112")
    assert not is_bank_card("0")


def test_no_address_without_a_number() -> None:
    assert list(find_addresses("退款在路上了 the street was closed")) == []
