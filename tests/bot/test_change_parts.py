"""What changes of orders read out of words: variants, payment methods, addresses, who he is."""

from __future__ import annotations

import pytest

from bot.change_ports import MethodView, NoChanges, VariantView
from bot.dialogs.offered import flow_for
from bot.dialogs.parts.addresses import as_written, is_part, one_line, read_address
from bot.dialogs.parts.amending_addresses import amended
from bot.dialogs.parts.choosing_variants import choose, wants_no_change
from bot.dialogs.parts.paying import named_methods
from bot.dialogs.parts.who import introduces_himself, read_who
from bot.ports import Money
from bot.understanding.normalise import normalise
from tests.bot.fakes import FakeShop


def boot(colour: str, size: str, lined: str, price: int = 9_000, there: bool = True) -> VariantView:
    return VariantView(
        f"BOOT-{colour}-{size}-{lined}",
        {"colour": colour, "size": size, "lined": lined},
        Money(price, "EUR"),
        there,
    )


NOW = boot("brown", "42", "yes")
BOOTS = [
    NOW,
    boot("black", "42", "yes"),
    boot("black", "43", "yes", 9_500),
    boot("brown", "43", "no", 8_000),
    boot("dark red", "42", "no"),
    boot("red", "44", "yes", 12_000),
    boot("grey", "42", "yes", there=False),
]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("in black please", "BOOT-black-42-yes"),
        ("the same in black instead of brown", "BOOT-black-42-yes"),
        ("black, size 43", "BOOT-black-43-yes"),
        ("黑色的", "BOOT-black-42-yes"),
        ("schwarz", "BOOT-black-42-yes"),
        ("dark red, not lined: lined no", "BOOT-dark red-42-no"),
        ("the most expensive one", "BOOT-red-44-yes"),
        ("BOOT-brown-43-no", "BOOT-brown-43-no"),
    ],
)
def test_the_variant_he_means(words: str, wanted: str) -> None:
    chosen = choose(words, NOW, BOOTS)
    assert chosen.one is not None
    assert chosen.one.sku == wanted


@pytest.mark.parametrize("words", ["grey", "I don't know", "", "size 99", "a" * 5_000])
def test_what_cannot_be_had_or_says_nothing_is_not_guessed(words: str) -> None:
    assert choose(words, NOW, BOOTS).one is None


def test_what_fits_only_with_another_change_is_asked() -> None:
    chosen = choose("red", NOW, BOOTS)  # only in another size
    assert chosen.one is None
    assert {one.sku for one in chosen.fitting} == {"BOOT-red-44-yes", "BOOT-dark red-42-no"}
    assert [one.sku for one in choose("43", NOW, BOOTS).fitting] == []
    sized = choose("size 43", NOW, BOOTS).fitting
    assert {one.sku for one in sized} == {"BOOT-black-43-yes", "BOOT-brown-43-no"}


def test_keeping_it_is_said_in_words() -> None:
    assert wants_no_change("leave it unchanged")
    assert wants_no_change("原样就好")
    assert not wants_no_change("in black")


CARDS = [
    MethodView("visa-1", "credit_card", "4242"),
    MethodView("visa-2", "credit_card", "5151"),
    MethodView("pp-1", "paypal"),
    MethodView("gift-1", "gift_card", balance=Money(100, "EUR")),
]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("paypal please", ["pp-1"]),
        ("my gift card", ["gift-1"]),
        ("礼品卡", ["gift-1"]),
        ("the card ending in 5151", ["visa-2"]),
        ("my credit card", ["visa-1", "visa-2"]),
        ("银行卡", ["visa-1", "visa-2"]),
        ("pp-1", ["pp-1"]),
        ("cash", []),
        ("by paypal, not card", ["pp-1"]),
        ("with card, not paypal", ["visa-1", "visa-2"]),
        ("don't charge my gift card, use paypal", ["pp-1"]),
        ("paypal, not the card ending in 5151", ["pp-1"]),
        ("not on the gift card", []),
        ("I don't use paypal", []),
        ("nicht auf den Gutschein, per PayPal", ["pp-1"]),
        ("不要退到礼品卡，退银行卡", ["visa-1", "visa-2"]),
    ],
)
def test_the_method_he_names(words: str, wanted: list[str]) -> None:
    assert [one.id for one in named_methods(words, CARDS)] == wanted


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("12 Quay Street, Flat 3, Portland, ME 04101", None),
        ("please send it to 12 Quay Street, Flat 3, Portland, ME 04101, USA", None),
        ("12 Quay Street\nFlat 3\nPortland ME 04101", None),
    ],
)
def test_a_western_address(words: str, line: str | None) -> None:
    found = read_address(words, "US")
    assert found == {
        "line1": "12 Quay Street",
        "line2": "Flat 3",
        "city": "Portland",
        "region": "ME",
        "postal_code": "04101",
        "country": "US",
    }
    assert one_line(found) == "12 Quay Street, Flat 3, Portland, ME 04101, US"


def test_a_chinese_address() -> None:
    found = read_address("地址改成浙江省杭州市西湖区文三路100号2幢301室 310000", "CN")
    assert found is not None
    assert (found["region"], found["city"], found["postal_code"]) == ("浙江省", "杭州市", "310000")
    assert one_line(found) == "浙江省杭州市西湖区文三路100号2幢301室 310000"


@pytest.mark.parametrize("words", ["7 Mill Lane", "Boston", "somewhere nice", "04101", "杭州", ""])
def test_half_an_address_is_none(words: str) -> None:
    assert read_address(words, "US") is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("it's mara@example.com.", {"email": "mara@example.com"}),
        ("My name is Mara Lind, zip 04101", {"name": "Mara Lind", "postal_code": "04101"}),
        ("Mara Lind and my zip code is 04101", {"name": "Mara Lind", "postal_code": "04101"}),
        ("我叫周宁，邮编310000", {"name": "周宁", "postal_code": "310000"}),
        ("04101", {"postal_code": "04101"}),
        ("cancel order #50001", {}),
    ],
)
def test_who_he_says_he_is(words: str, told: dict[str, str]) -> None:
    found = read_who(words)
    assert {name: found[name] for name in told} == told
    assert told or "postal_code" not in found


def test_a_longer_message_tells_who_he_is_only_if_it_says_so() -> None:
    assert introduces_himself("hi, my name is Mara Lind from 04101 and I want to cancel")
    assert not introduces_himself("please cancel order 50001")


def test_a_shop_without_changes_serves_a_wish_otherwise() -> None:
    ports = FakeShop.load().ports("contact")
    assert isinstance(ports.changes, NoChanges)
    flow, told = flow_for(ports, "cancel_order", {"order": "LL1"})
    assert flow == "refund"
    assert told == {"reason": "no_longer_wanted", "order": "LL1"}
    assert flow_for(ports, "exchange", {})[0] == "handoff"
    assert flow_for(ports, "return_items", {})[0] == "refund"
    assert flow_for(ports, "order_status", {})[0] == "order_status"


@pytest.mark.parametrize(
    "words",
    [
        *("77 Pine St", "Lindenallee 9", "Calle de la Paz 5", "12 rue de la Paix", "2nd floor"),
        *("Flat 3", "02101", "sw1a 1aa", "Boston, MA 02101", "hello, 77 Pine St", "5"),
        *("文澜路18号", "3幢502室", "余杭区", "東京都港区1-2-3"),
    ],
)
def test_a_part_of_an_address(words: str) -> None:
    assert is_part(words)


@pytest.mark.parametrize(
    "words",
    [
        *("hi 2 of you", "give me 2 minutes", "2 minutes please", "hello", "wait 5 minutes", ""),
        *("2个人都在吗", "我不知道", "我在路上2分钟"),
    ],
)
def test_talk_with_a_number_in_it_is_no_part_of_an_address(words: str) -> None:
    assert not is_part(words)


def test_a_greeting_is_no_line_of_the_address() -> None:
    found = read_address("hello, 77 Pine St, Boston, MA 02101, thanks", "US")
    assert found is not None
    assert found["line1"] == "77 Pine St"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (
            "don't cancel, just change the address of my order to 5 Elm St, Boston, MA 02110",
            "5 Elm St, Boston, MA 02110, US",
        ),
        (
            "change the address of HS-50001 to 5 Elm St, Boston, MA 02110 please",
            "5 Elm St, Boston, MA 02110, US",
        ),
        ("I live at 44 Hill Road, Portland, ME 04103", "44 Hill Road, Portland, ME 04103, US"),
        ("12 Road to the Isles, Boston, MA 02110", "12 Road to the Isles, Boston, MA 02110, US"),
        (
            "Bitte ändern Sie die Lieferadresse von HS-70001 auf Hafenstraße 3, 20359 Hamburg",
            "Hafenstraße 3, Hamburg, 20359, DE",
        ),
        ("An der Alster 5, 20099 Hamburg", "An der Alster 5, Hamburg, 20099, US"),
        (
            "quiero cambiar la dirección de mi pedido a Calle Mayor 5, 28013 Madrid",
            "Calle Mayor 5, Madrid, 28013, US",
        ),
        (
            "merci d'envoyer la commande à 12 rue de la Paix, 75002 Paris",
            "12 rue de la Paix, Paris, 75002, FR",
        ),
        (
            "把收货地址改成杭州市西湖区文三路100号2幢301，谢谢",
            "杭州市西湖区文三路100号2幢301",
        ),
    ],
)
def test_words_around_an_address_are_no_part_of_it(words: str, address: str) -> None:
    found = read_address(words, "US")
    assert found is not None
    assert one_line(found) == address


def test_a_size_in_capitals_beside_a_colour() -> None:
    tees = [
        VariantView(f"TEE-{colour}-{size}", {"colour": colour, "size": size}, Money(9, "EUR"), True)
        for colour in ("red", "blue")
        for size in ("M", "L")
    ]
    for words in ("for blue L", "blue, L please", "in L, blue"):
        chosen = choose(words, tees[0], tees)
        assert chosen.one is not None
        assert chosen.one.sku == "TEE-blue-L"


PINE = {
    "line1": "9 Pine Rd",
    "line2": "",
    "city": "Austin",
    "region": "TX",
    "postal_code": "78701",
    "country": "US",
}
HAFEN = {**PINE, "line1": "Hafenstr. 3", "city": "Hamburg", "region": "", "country": "DE"}
WENSAN = {**PINE, "line1": "文三路100号", "city": "杭州市", "region": "浙江省", "country": "CN"}


@pytest.mark.parametrize(
    ("address", "words", "changed"),
    [
        (PINE, "apartment 4", {"line2": "apartment 4"}),
        (PINE, "Apt 4B please", {"line2": "Apt 4B"}),
        (PINE, "add apartment 4", {"line2": "apartment 4"}),
        ({**PINE, "line2": "Apt 4"}, "no, apt 5", {"line2": "apt 5"}),
        (PINE, "2nd floor", {"line2": "2nd floor"}),
        (PINE, "house number 5", {"line1": "5 Pine Rd"}),
        (PINE, "no, 19 Pine Rd", {"line1": "19 Pine Rd"}),
        (PINE, "not 9, 19", {"line1": "19 Pine Rd"}),
        (PINE, "Dallas, not Austin", {"city": "Dallas"}),
        (HAFEN, "2. Stock", {"line2": "2. Stock"}),
        (HAFEN, "Hausnummer 5", {"line1": "Hafenstr. 5"}),
        (HAFEN, "nicht 3, sondern 5", {"line1": "Hafenstr. 5"}),
        (WENSAN, "再加2幢301室", {"line2": "2幢301室"}),
        (WENSAN, "门牌是102号", {"line1": "文三路102号"}),
    ],
)
def test_a_part_of_an_address_is_amended_and_the_rest_stays(
    address: dict[str, str], words: str, changed: dict[str, str]
) -> None:
    assert amended(address, words) == {**address, **changed}


@pytest.mark.parametrize(
    "words", ["by 5 pm please", "add buzzer 12", "ring 2 times", "refund 2 mugs", "not 8, 19", ""]
)
def test_what_names_no_part_of_an_address_replaces_none(words: str) -> None:
    assert amended(PINE, words) is None


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (
            "change the address on HS-50001? 77 Massachusetts Ave, Apt 4, Cambridge, MA 02139",
            "77 Massachusetts Ave, Apt 4, Cambridge, MA 02139, US",
        ),
        (
            "address: 9 Pine Rd, Austin, TX 78701. Order: HS-50001. Thank you!",
            "9 Pine Rd, Austin, TX 78701, US",
        ),
        (
            "could you ship it to 221B Baker Street, London NW1 6XE, UK instead?",
            "221B Baker Street, London, NW1 6XE, GB",
        ),
        (
            "12 St. James Street, Flat 2, London SW1A 1AA, UK",
            "12 St. James Street, Flat 2, London, SW1A 1AA, GB",
        ),
        ("12 Elm Street\nApt 5\nBoston, MA 02110", "12 Elm Street, Apt 5, Boston, MA 02110, US"),
        ("9 Pine Rd Austin TX 78701", "9 Pine Rd, Austin, TX 78701, US"),
        ("Schillerstraße 5\n80336 München, Germany", "Schillerstraße 5, München, 80336, DE"),
        (
            "neue Adresse: Max Müller, Hauptstr. 12a, 2. Stock, 10115 Berlin, Deutschland",
            "Hauptstr. 12a, Max Müller, 2. Stock, Berlin, 10115, DE",
        ),
        (
            "HS-70002 bitte an Hafenstr. 3, 20359 Hamburg, Germany",
            "Hafenstr. 3, Hamburg, 20359, DE",
        ),
        ("Calle Mayor 5, 3ºB, 28013 Madrid, España", "Calle Mayor 5, 3ºB, Madrid, 28013, ES"),
        (
            "HS-60001改地址：江苏省南京市鼓楼区中山路1号 王小明 13912345678",
            "江苏省南京市鼓楼区中山路1号 王小明 13912345678",
        ),
        (
            "HS-70001の配送先を〒150-0001 東京都渋谷区神宮前1-2-3 メゾン原宿405に変更してください",
            "東京都渋谷区神宮前1-2-3 メゾン原宿405 150-0001",
        ),
    ],
)
def test_an_address_without_the_words_around_it(words: str, shown: str) -> None:
    found = read_address(words, "US")
    assert found is not None
    assert one_line(found) == shown


@pytest.mark.parametrize(
    ("words", "usual", "country"),
    [
        ("12 rue de la Paix, 75002 Paris", "DE", "FR"),
        ("12 rue de la Loi, 75002 Paris", "CA", "CA"),
        ("Hauptstr. 3, 20359 Hamburg", "US", "DE"),
        ("Via Roma 4, 20121 Milano", "DE", "IT"),
        ("12 rue de la Paix, 75002 Paris, Germany", "FR", "DE"),
        ("9 Rue Royale, New Orleans, LA 70130", "US", "US"),
    ],
)
def test_a_street_tells_that_it_is_not_in_the_usual_country(
    words: str, usual: str, country: str
) -> None:
    found = read_address(words, usual)
    assert found is not None
    assert found["country"] == country


def test_a_state_without_a_city_is_no_whole_address() -> None:
    assert read_address("12 Elm Apt 5 Boston, MA 02110", "US") is None


def test_an_address_keeps_its_line_breaks_and_signs() -> None:
    message = "hi,  send it to\u200b\nCalle Mayor 5\n3ºB\n28013  Madrid"
    read = normalise(message).text[4:]
    assert as_written(read, message) == "send it to\nCalle Mayor 5\n3ºB\n28013 Madrid"
    assert as_written("another", message) == "another"
