"""The signature over a web-chat visitor's identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import BadSignature
from bot.channels.identity import sign_identity, verify_identity

SECRET = "k7Qm-demo-secret"
ISSUED_AT = 1_780_000_000
ISSUED = datetime.fromtimestamp(ISSUED_AT, UTC)


@pytest.mark.parametrize(
    ("secret", "channel", "customer", "signature"),
    [
        # printf 'aftercare-chat-v1\nweb-demo\nC1001\n1780000000' |
        #     openssl dgst -sha256 -hmac k7Qm-demo-secret
        (
            SECRET,
            "web-demo",
            "C1001",
            "c7a7097a896bc9e7f9cb91de571212c10c8fd89f8fd32bf8ad7102833da0dddb",
        ),
        # printf 'aftercare-chat-v1\nwidget\n客户-7\n1780000000' | openssl dgst -sha256 -hmac 密钥
        (
            "密钥",
            "widget",
            "客户-7",
            "aa759bdf1254ea8e390e792cc6c74ca866b1dd1ccb16b93f5fafd9ba5a0a737c",
        ),
    ],
)
def test_signs_as_openssl_does(secret: str, channel: str, customer: str, signature: str) -> None:
    assert sign_identity(secret, channel, customer, ISSUED_AT) == signature
    verify_identity(secret, channel, customer, ISSUED_AT, signature, ISSUED)


@pytest.mark.parametrize(
    ("age", "refusal"),
    [
        (-61, "future"),
        (-60, None),
        (0, None),
        (86_400, None),
        (86_401, "expired"),
    ],
)
def test_holds_for_a_day_and_a_minute_ahead(age: int, refusal: str | None) -> None:
    signature = sign_identity(SECRET, "web", "C1", ISSUED_AT)
    now = ISSUED + timedelta(seconds=age)
    if refusal is None:
        verify_identity(SECRET, "web", "C1", ISSUED_AT, signature, now)
        return
    with pytest.raises(BadSignature) as caught:
        verify_identity(SECRET, "web", "C1", ISSUED_AT, signature, now)
    assert caught.value.code == refusal


GOOD = sign_identity(SECRET, "web", "C1", ISSUED_AT)


@pytest.mark.parametrize(
    ("secret", "channel", "customer", "issued_at", "signature"),
    [
        ("other", "web", "C1", ISSUED_AT, GOOD),
        (SECRET, "web-2", "C1", ISSUED_AT, GOOD),
        (SECRET, "web", "C2", ISSUED_AT, GOOD),
        (SECRET, "web", "C1", ISSUED_AT + 1, GOOD),
        (SECRET, "web", "C1", ISSUED_AT, GOOD.upper()),
        (SECRET, "web", "C1", ISSUED_AT, GOOD[:-1]),
        (SECRET, "web", "C1", ISSUED_AT, ""),
        (SECRET, "web", "C1", ISSUED_AT, "é\ud800"),
        (SECRET, "web", "C\ud800", ISSUED_AT, GOOD),
        (SECRET, "web", "", ISSUED_AT, GOOD),
        (SECRET, "web", "C1", 10**400, GOOD),
        # hmac.new(b"", b"aftercare-chat-v1\nweb\nC1\n1780000000") is anyone's to compute
        ("", "web", "C1", ISSUED_AT, GOOD),
    ],
)
def test_refuses_what_was_not_signed(
    secret: str, channel: str, customer: str, issued_at: int, signature: str
) -> None:
    with pytest.raises(BadSignature) as caught:
        verify_identity(secret, channel, customer, issued_at, signature, ISSUED)
    assert caught.value.code == "wrong"


def test_signs_no_text_that_reads_as_two_identities() -> None:
    with pytest.raises(ValueError, match="line feed"):
        sign_identity(SECRET, "web", "C1\n1", 780_000_000)
    with pytest.raises(ValueError, match="secret"):
        sign_identity("", "web", "C1", ISSUED_AT)


_ids = st.text(min_size=1, max_size=20, alphabet=st.characters(exclude_categories=["Cs"]))
_one_line = _ids.filter(lambda text: "\n" not in text)


@given(_one_line, _one_line, _one_line, st.integers(0, 2**33))
def test_what_is_signed_verifies(secret: str, channel: str, customer: str, issued_at: int) -> None:
    now = datetime.fromtimestamp(issued_at, UTC)
    signature = sign_identity(secret, channel, customer, issued_at)
    verify_identity(secret, channel, customer, issued_at, signature, now)
    with pytest.raises(BadSignature):
        verify_identity(secret, channel, customer + "1", issued_at, signature, now)
