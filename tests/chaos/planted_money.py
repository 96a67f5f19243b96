"""Violations in money, tickets and the audit log, for the checker to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.chaos.small_world import SmallWorld


def _pay_twice(world: SmallWorld) -> None:
    ref = f"pay-{world.customer('webchat').order_number}"
    world.tables["effect"].append({"idempotency_key": "x", "payment_ref": ref, "amount": 4900})


def _never_pay(world: SmallWorld) -> None:
    world.tables["effect"].pop()


def _pay_too_much(world: SmallWorld) -> None:
    world.tables["effect"][-1]["amount"] = 9800


def _refund_twice(world: SmallWorld) -> None:
    world.tables["refund"].append({**world.refund("webchat"), "id": "refund-again"})


def _leave_a_refund_open(world: SmallWorld) -> None:
    world.refund("telegram")["state"] = "executing"


def _leave_a_ticket_open(world: SmallWorld) -> None:
    world.tables["ticket"][0]["state"] = "refunding"


def _never_tell_of_the_money(world: SmallWorld) -> None:
    world.messages("webchat", "bot")[-1]["body"]["template_key"] = "chat.greeting"


def _tell_another_amount(world: SmallWorld) -> None:
    world.messages("webchat", "bot")[-1]["body"]["text"] = "paid ¥94.00"


def _never_tell_who_left_of_the_money(world: SmallWorld) -> None:
    world.customer("webchat").finished = False
    _never_tell_of_the_money(world)


def _never_refund_who_left(world: SmallWorld) -> None:
    world.customer("webchat").finished = False
    world.unpay("webchat")


def _never_refund_whose_yes_is_only_stored(world: SmallWorld) -> None:
    """Nobody heard that it was accepted, but it is there."""
    world.customer("telegram").finished = False
    world.sent("telegram")[2].accepted = None
    world.unpay("telegram")


def _refund_without_a_yes(world: SmallWorld) -> None:
    world.unsay("webchat", "3")


def _open_a_second_ticket(world: SmallWorld) -> None:
    world.tables["ticket"].append({**world.ticket("webchat"), "id": "ticket-again"})


def _open_a_ticket_for_who_never_came(world: SmallWorld) -> None:
    world.tables["order"].append({"id": "order-of-nobody", "number": "CH000099"})
    of_nobody = {"id": "ticket-of-nobody", "order_id": "order-of-nobody"}
    world.tables["ticket"].append({**world.ticket("webchat"), **of_nobody})


def _alter_the_audit_log(world: SmallWorld) -> None:
    world.tables["audit_entry"][1]["data"] = {"refund": "another"}


def _cut_the_audit_log(world: SmallWorld) -> None:
    world.tables["audit_entry"].pop()


PLANTED: Sequence[tuple[str, Callable[[SmallWorld], object]]] = (
    ("refund", _pay_twice),
    ("refund", _never_pay),
    ("refund", _pay_too_much),
    ("refund", _refund_twice),
    ("refund", _leave_a_refund_open),
    ("refund", _leave_a_ticket_open),
    ("refund", _never_tell_of_the_money),
    ("refund", _tell_another_amount),
    ("refund", _never_tell_who_left_of_the_money),
    ("refund", _never_refund_who_left),
    ("refund", _never_refund_whose_yes_is_only_stored),
    ("refund", _refund_without_a_yes),
    ("refund", _open_a_second_ticket),
    ("refund", _open_a_ticket_for_who_never_came),
    ("audit", _alter_the_audit_log),
    ("audit", _cut_the_audit_log),
)
"""What the checker must find: its kind, and what plants it."""
