"""Who may say yes or no."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from backend.kit.actor import Actor, Role
from backend.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from backend.orders.models import payment
from backend.refunds import repository
from backend.refunds import service as refunds
from backend.refunds.events import RefundApproved, RefundRejected
from backend.refunds.repository import Refund
from backend.refunds.service import Quote, RefundRequest
from backend.tickets import service as tickets
from tests.backend.refunds.support import (
    AGENT,
    KEY,
    MIA,
    SAM,
    SUE,
    Bench,
    ask,
    lines_of,
    order_document,
    person,
    prepare,
    quote,
)
from tests.backend.refunds.test_requests import LARGE, MIDDLE, SMALL


def waiting(bench: Bench, amount: int) -> Refund:
    return bench.run(lambda tx: ask(tx, *prepare(tx, order_document(prices=((amount, 1),)))))


def refused(bench: Bench, refund: Refund, actor: Actor, reason: str = "seen") -> DomainError:
    with pytest.raises(DomainError) as caught:
        bench.run(refunds.approve_refund, refund.id, actor, reason)
    return caught.value


def test_one_supervisor_is_enough_for_a_middle_one(bench: Bench) -> None:
    refund = waiting(bench, MIDDLE)
    assert bench.run(refunds.approve_refund, refund.id, SUE, "seen").state == "approved"
    [approved] = bench.told(RefundApproved)
    assert approved.by == "people"
    assert bench.run(tickets.get_ticket, refund.ticket_id).state == "refunding"


@pytest.mark.parametrize("people", [(SUE, MIA), (MIA, SUE), (MIA, person("Max", Role.ADMIN))])
def test_a_large_one_takes_two_with_a_manager_among_them(
    bench: Bench, people: tuple[Actor, Actor]
) -> None:
    refund = waiting(bench, LARGE)
    first, second = people
    assert bench.run(refunds.approve_refund, refund.id, first, "1").state == "awaiting_approval"
    assert bench.told(RefundApproved) == []
    assert bench.run(refunds.approve_refund, refund.id, second, "2").state == "approved"
    assert len(bench.told(RefundApproved)) == 1


def test_two_supervisors_are_not_enough(bench: Bench) -> None:
    refund = waiting(bench, LARGE)
    bench.run(refunds.approve_refund, refund.id, SUE, "1")
    error = refused(bench, refund, SAM)
    assert isinstance(error, Forbidden)
    assert error.code == "manager_needed"


def test_one_person_never_counts_twice(bench: Bench) -> None:
    refund = waiting(bench, LARGE)
    bench.run(refunds.approve_refund, refund.id, MIA, "1")
    renamed = replace(MIA, name="Mia again", role=Role.ADMIN)
    error = refused(bench, refund, renamed)
    assert isinstance(error, Conflict)
    assert error.code == "second_person_needed"


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (AGENT, "role_too_low"),
        (KEY, "people_only"),
        (Actor("customer", "c", "Lin"), "people_only"),
        (Actor("rules", "rules", "Rules"), "people_only"),
        (Actor("system", "system", "Aftercare"), "people_only"),
    ],
)
def test_who_may_not(bench: Bench, actor: Actor, code: str) -> None:
    refund = waiting(bench, MIDDLE)
    for decide in (refunds.approve_refund, refunds.reject_refund):
        with pytest.raises(Forbidden) as caught:
            bench.run(decide, refund.id, actor, "seen")
        assert caught.value.code == code


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
def test_a_reason_is_asked_for(bench: Bench, reason: str) -> None:
    refund = waiting(bench, MIDDLE)
    assert isinstance(refused(bench, refund, SUE, reason), Invalid)
    with pytest.raises(Invalid):
        bench.run(refunds.reject_refund, refund.id, SUE, reason)


def test_nobody_decides_on_his_own_request(bench: Bench) -> None:
    order, chat = bench.run(prepare, order_document(prices=((MIDDLE, 1),)))
    quoted = bench.run(quote, order.id, lines_of(order), "late", True)
    assert isinstance(quoted, Quote)
    request = RefundRequest(
        order.id, lines_of(order), "late", True, quoted.total, contact_id=chat.contact_id
    )
    refund = bench.run(refunds.request_refund, request, SUE)
    assert refused(bench, refund, SUE).code == "own_request"
    assert bench.run(refunds.approve_refund, refund.id, SAM, "seen").state == "approved"


def test_one_no_is_a_no_and_frees_what_was_claimed(bench: Bench) -> None:
    order, chat = bench.run(prepare, order_document(prices=((LARGE, 1),)))
    refund = bench.run(ask, order, chat)
    bench.run(refunds.approve_refund, refund.id, MIA, "fine with me")
    rejected = bench.run(refunds.reject_refund, refund.id, SUE, "looks used", "Sorry, it was used.")
    assert rejected.state == "rejected"
    [told] = bench.told(RefundRejected)
    assert told.note == "Sorry, it was used."
    assert bench.run(repository.held, order.id).amount == 0
    assert refused(bench, refund, SAM).code == "already_decided"
    assert bench.run(ask, order, chat).state == "awaiting_approval"


def test_what_the_rules_approved_is_decided(bench: Bench) -> None:
    refund = waiting(bench, SMALL)
    assert refused(bench, refund, MIA).code == "already_decided"
    with pytest.raises(Conflict):
        bench.run(refunds.reject_refund, refund.id, MIA, "no")


def test_what_the_payments_no_longer_cover_is_not_approved(bench: Bench) -> None:
    """Imports lower no payment; whoever does it by hand must not cost the shop money."""
    refund = waiting(bench, MIDDLE)
    bench.conn.execute(sa.update(payment).values(amount=MIDDLE - 1))
    assert refused(bench, refund, SUE).code == "over_remaining"


@pytest.mark.parametrize("refund_id", ["nothing", "nul\x00"])
def test_an_unknown_refund(bench: Bench, refund_id: str) -> None:
    with pytest.raises(NotFound):
        bench.run(refunds.approve_refund, refund_id, MIA, "yes")
