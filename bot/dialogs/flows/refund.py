"""A refund: which order and items, why, with what evidence; then what he gets back, and his yes."""

from __future__ import annotations

from bot.dialogs.actions import Refused, RequestRefund
from bot.dialogs.flow import (
    Act,
    Again,
    Ask,
    Check,
    Collect,
    Confirm,
    Done,
    End,
    Flow,
    Found,
    Look,
    Offer,
    Talk,
)
from bot.dialogs.menu import LEAVE_IT, PERSON, REQUEST_STATUS
from bot.dialogs.parts import items, orders, pictured, reasons
from bot.dialogs.parts.refusals import refusal
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import (
    COMMENT,
    CONFIRMED,
    EVIDENCE,
    ITEMS,
    NO,
    ORDER,
    QUANTITIES,
    REASON,
    RECEIVED,
    YES,
)
from bot.dialogs.state import Effect
from bot.ports import OrderView, Quote, Refusal
from bot.replies import Reply

QUOTE = "quote"
PARTS = ("items", "discount", "shipping", "return_shipping")
"""Kinds of a quote's parts that have a label of their own."""


def _paid(order: OrderView) -> bool:
    return order.status not in ("pending", "cancelled")


def _refundable(talk: Talk) -> Ask | None:
    refused = talk.ports.refunds.check_order(orders.order_of(talk).id)
    return refusal(talk, refused) if refused else None


def _quote(talk: Talk) -> Found | Ask:
    quote = talk.ports.refunds.quote(
        orders.order_of(talk).id,
        items.chosen_lines(talk),
        talk.slots[REASON],
        talk.slots[RECEIVED],
    )
    return refusal(talk, quote) if isinstance(quote, Refusal) else Found(quote)


def _summary(talk: Talk) -> Ask:
    quote: Quote = talk.slots[QUOTE]
    counts = {line.item_id: line.quantity for line in items.chosen_lines(talk)}
    params = {
        "order_number": orders.order_of(talk).number,
        "lines": [
            {"title": title(item, talk.locale), "quantity": counts[item.id]}
            for item in items.chosen_items(talk)
        ],
        "reason": talk.slots[REASON],
        "parts": [
            {"kind": part.kind if part.kind in PARTS else "other", "amount": part.amount}
            for part in quote.parts
        ],
        "total": quote.total,
        "return_required": quote.return_required,
        "return_by": quote.return_shipping_by,
    }
    offers = (
        Offer(Effect.ANSWER, YES, label_key="choice.yes_refund"),
        Offer(Effect.ANSWER, NO, label_key="choice.no_change"),
    )
    return Ask(CONFIRMED, "refund.summary", params, offers)


def _what_to_change(talk: Talk) -> Ask:
    offers = (
        Offer(Effect.CORRECT, ITEMS, label_key="choice.other_items"),
        Offer(Effect.CORRECT, REASON, label_key="choice.other_reason"),
        Offer(Effect.CORRECT, ORDER, label_key="choice.other_order"),
        LEAVE_IT,
        PERSON,
    )
    return Ask("", "refund.what_to_change", offers=offers)


def _request(talk: Talk) -> Done:
    quote: Quote = talk.slots[QUOTE]
    return Done(
        (
            RequestRefund(
                order_id=orders.order_of(talk).id,
                lines=items.chosen_lines(talk),
                reason=talk.slots[REASON],
                received=talk.slots[RECEIVED],
                evidence=talk.photos,
                expected_total=quote.total,
                comment=talk.slots.get(COMMENT) or talk.raw.get(COMMENT, ""),
            ),
        )
    )


def _refused(talk: Talk, refused: Refused) -> Ask | End | Again:
    if refused.code == "amount_changed":
        return Again((Reply("refund.amount_changed"),))
    if refused.code == "already_requested" and "ticket" in refused.params:
        ticket = refused.params["ticket"]
        return End(
            (Reply("refund.already_requested", {"ticket": ticket}),), (REQUEST_STATUS, PERSON)
        )
    return refusal(talk, Refusal(refused.code, refused.params))


FLOW = Flow(
    id="refund",
    steps=(
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("refund.ask_order", fits=_paid),
        Check(_refundable),
        Collect(
            ITEMS,
            ask=items.ask_items,
            read=items.read_items,
            derive=items.only_item,
            complete=items.items_known,
        ),
        Collect(
            QUANTITIES,
            ask=items.ask_quantity,
            read=items.read_quantity,
            derive=items.single_units,
            complete=items.quantities_known,
        ),
        Collect(
            RECEIVED,
            ask=reasons.ask_received,
            read=reasons.read_received,
            derive=reasons.received_by_facts,
        ),
        Collect(
            REASON,
            ask=reasons.ask_reason,
            read=reasons.read_reason,
            complete=reasons.reason_fits,
        ),
        Collect(
            COMMENT,
            ask=reasons.ask_comment,
            read=reasons.read_comment,
            when=reasons.comment_wanted,
        ),
        Collect(
            EVIDENCE,
            ask=reasons.ask_photos,
            read=reasons.read_evidence,
            derive=reasons.enough_photos,
        ),
        Look(QUOTE, _quote),
        Confirm(_summary, no=_what_to_change),
        Act(_request, refused=_refused),
    ),
    needs={
        ITEMS: (ORDER,),
        QUANTITIES: (ITEMS,),
        RECEIVED: (ORDER,),
        COMMENT: (REASON,),
    },
    photos=True,
)
