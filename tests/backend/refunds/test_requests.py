"""Asking for money back: what is stored, told, decided and refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from backend.audit import service as audit
from backend.conversations.models import attachment
from backend.kit.db import Tx
from backend.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from backend.kit.jobs.models import job
from backend.kit.money import Money
from backend.orders.entities import Order
from backend.refunds import repository
from backend.refunds import service as refunds
from backend.refunds.events import (
    RefundApproved,
    RefundAwaitingApproval,
    RefundEvent,
    RefundRequested,
    RefundWithdrawn,
)
from backend.refunds.repository import Refund
from backend.refunds.service import Quote, Refusal, RequestLine
from backend.rules.service import decisions_of
from backend.tickets import service as tickets
from tests.backend.refunds.support import (
    SUE,
    Bench,
    Chat,
    ask,
    case_of,
    lines_of,
    open_chat,
    order_document,
    prepare,
    put,
    quote,
)

SMALL, MIDDLE, LARGE = 20_000, 20_001, 300_001
"""The shipped table's limits in CNY: at once up to ¥200, one person up to ¥3,000."""


def start(bench: Bench, amount: int = SMALL, **changes: Any) -> tuple[Order, Chat]:
    return bench.run(prepare, order_document(prices=((amount, 1),), **changes))


def refused(bench: Bench, *args: Any, **kwargs: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        bench.run(ask, *args, **kwargs)
    return caught.value


def test_a_small_refund_is_approved_at_once(bench: Bench) -> None:
    order, chat = start(bench)
    refund = bench.run(ask, order, chat)
    assert (refund.state, refund.approvals_required, refund.amount) == ("approved", 0, SMALL)
    assert [type(event) for event in bench.told(RefundEvent)] == [RefundRequested, RefundApproved]
    [approved] = bench.told(RefundApproved)
    ticket = bench.run(tickets.get_ticket, refund.ticket_id)
    assert (approved.by, approved.amount, approved.currency) == ("rules", SMALL, "CNY")
    assert (approved.ticket_number, approved.conversation_id) == (
        ticket.number,
        chat.conversation_id,
    )
    assert (ticket.kind, ticket.state) == ("return_refund", "refunding")
    [queued] = bench.conn.execute(sa.select(job)).all()
    assert (queued.kind, queued.key, queued.uniq, queued.payload) == (
        "refund.execute",
        f"order:{order.id}",
        f"refund:{refund.id}",
        {"refund_id": refund.id},
    )


@pytest.mark.parametrize(("amount", "people"), [(MIDDLE, 1), (LARGE - 1, 1), (LARGE, 2)])
def test_larger_ones_wait_for_people(bench: Bench, amount: int, people: int) -> None:
    order, chat = start(bench, amount)
    refund = bench.run(ask, order, chat)
    assert (refund.state, refund.approvals_required) == ("awaiting_approval", people)
    [waiting] = bench.told(RefundAwaitingApproval)
    assert waiting.needed == people
    assert bench.conn.execute(sa.select(job)).all() == []


def test_decisions_are_stored_with_the_ticket(bench: Bench) -> None:
    order, chat = start(bench)
    refund = bench.run(ask, order, chat)
    approval, terms = bench.run(decisions_of, [refund.ticket_id])
    assert (terms.rule_table, terms.row_id) == ("shipping_bearer", "changed-mind")
    assert (approval.rule_table, approval.version, approval.row_id) == (
        "refund_approval",
        1,
        "small-cny",
    )
    assert approval.inputs["amount"] == SMALL
    assert approval.outputs == {"approval": "auto", "note": ""}


def test_a_currency_without_limits_goes_to_a_person(bench: Bench) -> None:
    order, chat = start(bench, 500, currency="GBP")
    refund = bench.run(ask, order, chat)
    assert (refund.state, refund.approvals_required, refund.manual) == (
        "awaiting_approval",
        1,
        True,
    )


def test_a_blacklisted_customer_takes_two_people(bench: Bench) -> None:
    order, chat = start(bench, customer={"blacklisted": True})
    assert bench.run(ask, order, chat).approvals_required == 2


def test_the_fourth_refund_in_90_days_takes_two_people(bench: Bench) -> None:
    order, chat = start(bench)
    for number in range(3):
        past = bench.run(put, order_document(f"PAST-{number}"))
        at = bench.clock.now() - timedelta(days=10 + number)
        bench.run(refunds.record_past_refund, past.number, 500, at)
    old = bench.run(put, order_document("OLD"))
    old_time = bench.clock.now() - timedelta(days=91)
    bench.run(refunds.record_past_refund, old.number, 500, old_time)
    refund = bench.run(ask, order, chat)
    assert refund.approvals_required == 2
    [decided] = [
        one
        for one in bench.run(decisions_of, [refund.ticket_id])
        if one.rule_table == "refund_approval"
    ]
    assert decided.inputs["refunds_90d"] == 3


def test_the_amount_he_said_yes_to_is_the_amount(bench: Bench) -> None:
    order, chat = start(bench)
    error = refused(bench, order, chat, expected_total=Money(SMALL - 1, "CNY"))
    assert isinstance(error, Conflict)
    assert (error.code, error.params) == ("amount_changed", {"total": Money(SMALL, "CNY")})
    error = refused(bench, order, chat, expected_total=Money(SMALL, "USD"))
    assert error.code == "amount_changed"


def test_a_second_request_for_the_same_unit_names_the_first(bench: Bench) -> None:
    order, chat = start(bench, MIDDLE)
    first = bench.run(ask, order, chat)
    number = bench.run(tickets.get_ticket, first.ticket_id).number
    error = refused(bench, order, chat)
    assert (error.code, error.params) == ("already_requested", {"ticket": number})


def test_what_is_refused_leaves_nothing_behind(bench: Bench) -> None:
    order, chat = start(bench, delivered_days_ago=40)
    error = refused(bench, order, chat)
    assert isinstance(error, Conflict)
    assert error.code == "window_expired"
    assert bench.run(tickets.tickets_of_contact, chat.contact_id) == []
    assert bench.events == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "because"}, "reason_unknown"),
        ({"lines": ()}, "lines_missing"),
        ({"lines": (RequestLine("nobody's", 1),)}, "item_unknown"),
        ({"evidence": ("nobody's",)}, "evidence_unknown"),
    ],
)
def test_unknown_words_and_ids_are_invalid(
    bench: Bench, changes: dict[str, Any], code: str
) -> None:
    order, chat = start(bench)
    error = refused(bench, order, chat, **changes)
    assert isinstance(error, Invalid)
    assert error.code == code


def test_a_negative_quantity_is_invalid(bench: Bench) -> None:
    order, _ = start(bench)
    with pytest.raises(Invalid):
        bench.run(quote, order.id, [RequestLine(order.items[0].id, -1)], "quality", True)


def test_nobody_asks_for_somebody_elses_order(bench: Bench) -> None:
    order, _ = start(bench)
    bench.run(put, order_document("OTHER", customer={"external_id": "C2"}))
    stranger = bench.run(open_chat, "C2")
    assert isinstance(refused(bench, order, stranger), NotFound)


def test_evidence_must_be_of_the_conversation(bench: Bench) -> None:
    order, chat = start(bench)
    bench.run(put, order_document("OTHER", customer={"external_id": "C2"}))
    theirs = bench.run(open_chat, "C2")
    mine, foreign = bench.run(_add_photo, chat), bench.run(_add_photo, theirs)
    assert refused(bench, order, chat, evidence=(mine, foreign)).code == "evidence_unknown"
    refund = bench.run(ask, order, chat, evidence=(mine, mine), reason="quality")
    assert bench.run(tickets.evidence_of, [refund.ticket_id]) == {refund.ticket_id: [mine]}


def _add_photo(tx: Tx, chat: Chat) -> str:
    photo_id = tx.ids.new()
    tx.conn.execute(
        sa.insert(attachment).values(
            id=photo_id,
            conversation_id=chat.conversation_id,
            kind="image",
            media_type="image/jpeg",
            sha256="0" * 64,
            size=1,
            created_at=tx.now,
        )
    )
    return photo_id


def test_a_fault_without_a_photo_waits_for_a_person(bench: Bench) -> None:
    order, chat = start(bench)
    assert bench.run(ask, order, chat, reason="damaged").approvals_required == 1


@pytest.mark.parametrize(
    ("reason", "received", "photos"),
    [("damaged", True, 1), ("no_longer_wanted", True, 0), ("not_received", True, 0)],
)
def test_photos_as_the_table_says(bench: Bench, reason: str, received: bool, photos: int) -> None:
    order, _ = start(bench)
    assert (
        bench.run(lambda tx: refunds.photos_needed(tx, case_of(tx, order.id), reason, received))
        == photos
    )


def test_terms_follow_the_table(bench: Bench) -> None:
    order, chat = start(bench)
    quoted = bench.run(quote, order.id, lines_of(order), "damaged", True)
    assert isinstance(quoted, Quote)
    assert (quoted.return_required, quoted.return_shipping_by) == (True, "shop")
    bench.run(ask, order, chat)
    [approved] = bench.told(RefundApproved)
    assert approved.return_shipping_by == "customer"


def test_nothing_comes_back_of_what_never_left(bench: Bench) -> None:
    order, chat = start(bench, delivered_days_ago=None, status="paid")
    bench.run(ask, order, chat, received=False)
    [approved] = bench.told(RefundApproved)
    assert approved.return_shipping_by is None


def test_pieces_bring_back_everything_with_the_last(bench: Bench) -> None:
    document = order_document(prices=((3_333, 3), (1, 1)), discount=1_000, shipping=700)
    order, chat = bench.run(prepare, document)
    quantities = [(1, 0), (0, 1), (1, 0), (1, 0)]
    amounts = [bench.run(ask, order, chat, *piece, reason="late").amount for piece in quantities]
    assert sum(amounts) == order.paid == 9_700
    assert bench.run(lambda tx: refunds.check_order(tx, case_of(tx, order.id))) is not None


def test_the_customer_takes_an_undecided_request_back(bench: Bench) -> None:
    order, chat = start(bench, MIDDLE)
    refund = bench.run(ask, order, chat)
    [request] = bench.run(refunds.requests_of_contact, chat.contact_id)
    assert (request.withdrawable, request.status, request.amount) == (
        True,
        "open",
        Money(MIDDLE, "CNY"),
    )
    bench.run(refunds.withdraw_request, request.number, chat.contact_id, chat.actor)
    [withdrawn] = bench.told(RefundWithdrawn)
    assert withdrawn.refund_id == refund.id
    [request] = bench.run(refunds.requests_of_contact, chat.contact_id)
    assert (request.withdrawable, request.state, request.status) == (False, "withdrawn", "closed")
    assert bench.run(ask, order, chat).state == "awaiting_approval", "the unit is free again"


def test_a_decided_request_stays(bench: Bench) -> None:
    order, chat = start(bench)
    refund = bench.run(ask, order, chat)
    number = bench.run(tickets.get_ticket, refund.ticket_id).number
    with pytest.raises(Conflict):
        bench.run(refunds.withdraw_request, number, chat.contact_id, chat.actor)


def test_only_he_who_asked_takes_it_back(bench: Bench) -> None:
    order, chat = start(bench, MIDDLE)
    refund = bench.run(ask, order, chat)
    number = bench.run(tickets.get_ticket, refund.ticket_id).number
    bench.run(put, order_document("OTHER", customer={"external_id": "C2"}))
    stranger = bench.run(open_chat, "C2")
    with pytest.raises(NotFound):
        bench.run(refunds.withdraw_request, number, stranger.contact_id, stranger.actor)
    with pytest.raises(Forbidden):
        bench.run(refunds.withdraw_request, number, chat.contact_id, SUE)


def test_a_past_refund_counts_once(bench: Bench) -> None:
    order, _ = start(bench)
    at = bench.clock.now() - timedelta(days=1)
    first = bench.run(refunds.record_past_refund, order.number, 15_000, at)
    again = bench.run(refunds.record_past_refund, order.number, 15_000, at)
    assert first.id == again.id
    quoted = bench.run(quote, order.id, lines_of(order), "late", True)
    assert quoted == Refusal("over_remaining", {"remaining": Money(5_000, "CNY")})
    with pytest.raises(Conflict):
        bench.run(refunds.record_past_refund, order.number, 5_001, at)


def test_several_payments_share_a_refund(bench: Bench) -> None:
    document = order_document(prices=((5_000, 2),), payments=(6_000, 4_000))
    order, chat = bench.run(prepare, document)
    first = bench.run(ask, order, chat, 1)
    second = bench.run(ask, order, chat, 1)
    by_payment = {one.id: place for place, one in enumerate(order.payments)}

    def split(refund: Refund) -> list[tuple[int, int]]:
        transfers = bench.run(repository.transfers_of, refund.id)
        return [(by_payment[one.payment_id], one.amount) for one in transfers]

    assert split(first) == [(0, 5_000)]
    assert split(second) == [(0, 1_000), (1, 4_000)]
    keys = [one.id for one in bench.run(repository.transfers_of, second.id)]
    assert keys == [second.id, f"{second.id}-2"]


def test_everything_is_in_the_audit_log(bench: Bench) -> None:
    order, chat = start(bench, MIDDLE)
    refund = bench.run(ask, order, chat)
    ticket = bench.run(tickets.get_ticket, refund.ticket_id)
    bench.run(refunds.approve_refund, refund.id, SUE, "photo shows it")
    actions = [
        (entry.action, entry.actor_kind)
        for entry in bench.run(audit.history_of, tickets.subject(ticket))
    ]
    assert actions == [
        ("ticket.opened", "customer"),
        ("refund.requested", "customer"),
        ("ticket.await_approval", "rules"),
        ("refund.approved", "account"),
        ("ticket.start_refund", "account"),
    ]
    assert bench.run(audit.verify_chain) is None
