"""Violations in what customers are told and shown, for the checker to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.chaos.record import Shown
from tests.chaos.small_world import SmallWorld


def _answer_wrongly(world: SmallWorld) -> None:
    world.messages("webchat", "bot")[1]["body"]["template_key"] = "system.error"


def _leave_an_answer_out(world: SmallWorld) -> None:
    world.messages("webchat", "bot")[0]["answers"] = None


def _skip_a_push(world: SmallWorld) -> None:
    world.customer("webchat").connections[0].pushed.remove(3)


def _push_twice(world: SmallWorld) -> None:
    world.customer("webchat").connections[0].pushed.insert(3, 3)


def _show_another_message(world: SmallWorld) -> None:
    world.customer("webchat").seen[2] = Shown("m-never-stored", "Hello C1")


def _complain(world: SmallWorld) -> None:
    world.customer("webchat").complaints.append("a resend was taken anew")


def _never_show_the_last_reply(world: SmallWorld) -> None:
    customer = world.customer("webchat")
    customer.connections[0].pushed.remove(max(customer.seen))
    del customer.seen[max(customer.seen)]


def _show_nothing_at_all(world: SmallWorld) -> None:
    customer = world.customer("webchat")
    customer.seen.clear()
    customer.connections.clear()


def _pass_a_reply_over(world: SmallWorld) -> None:
    """On a client that polls: what it was shown later hides that one is missing."""
    customer = world.customer("webchat")
    customer.connections.clear()
    del customer.seen[4]


def _show_other_words(world: SmallWorld) -> None:
    world.customer("webchat").seen[2].text = "Hello"


def _show_in_another_order(world: SmallWorld) -> None:
    customer = world.customer("webchat")
    customer.seen = dict(reversed(customer.seen.items()))


def _answer_a_call_with_what_is_not_stored(world: SmallWorld) -> None:
    customer = world.customer("webchat")
    customer.told.append((4, Shown(customer.seen[4].message_id, "Order CH000001, is it wrong?")))


def _say_instead(world: SmallWorld, channel: str, place: int, text: str) -> None:
    """Other words in one reply, stored, shown and sent alike."""
    row = world.messages(channel, "bot")[place]
    for receipt in world.receipts():
        if channel == "telegram" and receipt.text == row["body"]["text"]:
            receipt.text = text
    if channel == "webchat":
        world.customer(channel).seen[row["seq"]].text = text
    row["body"]["text"] = text


def _tell_of_anothers_order(world: SmallWorld) -> None:
    other = world.customer("telegram").order_number
    _say_instead(world, "webchat", 1, f"Order {other}, is that right?")


def _tell_of_anothers_order_on_telegram(world: SmallWorld) -> None:
    other = world.customer("webchat").order_number
    _say_instead(world, "telegram", 1, f"Order {other}, is that right?")


def _tell_of_anothers_ticket(world: SmallWorld) -> None:
    other = world.ticket("telegram")["number"]
    _say_instead(world, "webchat", 4, f"paid ¥49.00 for {other}")


def _greet_by_anothers_name(world: SmallWorld) -> None:
    _say_instead(world, "telegram", 0, f"Hello {world.customer('webchat').name}")


def _offer_anothers_order(world: SmallWorld) -> None:
    other = world.customer("telegram").order_number
    world.messages("webchat", "bot")[1]["body"]["options"][0]["label"] = f"Refund {other}"


def _send_what_another_is_told(world: SmallWorld) -> None:
    other = world.customer("webchat").order_number
    world.receipts()[1].text = f"Order {other}, is that right?"


def _show_what_another_is_told(world: SmallWorld) -> None:
    other = world.customer("telegram").order_number
    world.customer("webchat").seen[4].text = f"Order {other}, is that right?"


def _answer_a_call_with_what_another_is_told(world: SmallWorld) -> None:
    other = world.customer("telegram").order_number
    world.customer("webchat").told.append((4, Shown("m", f"Order {other}, is that right?")))


def _tell_of_an_order_of_nobody(world: SmallWorld) -> None:
    _say_instead(world, "webchat", 1, "Order CH999999, is that right?")


def _tell_of_no_order_on_telegram(world: SmallWorld) -> None:
    _say_instead(world, "telegram", 1, "An order of CN¥1.00, is that right?")


def _offer_other_buttons(world: SmallWorld) -> None:
    world.messages("telegram", "bot")[1]["body"]["options"].pop()


def _notify_in_other_words(world: SmallWorld) -> None:
    ticket = world.ticket("webchat")["number"]
    _say_instead(world, "webchat", 2, f"refused as {ticket}")


PLANTED: Sequence[tuple[str, Callable[[SmallWorld], object]]] = (
    ("wrong_answer", _answer_wrongly),
    ("wrong_answer", _leave_an_answer_out),
    ("wrong_answer", _tell_of_an_order_of_nobody),
    ("wrong_answer", _tell_of_no_order_on_telegram),
    ("wrong_answer", _offer_other_buttons),
    ("wrong_answer", _notify_in_other_words),
    ("disclosed", _tell_of_anothers_order),
    ("disclosed", _tell_of_anothers_order_on_telegram),
    ("disclosed", _tell_of_anothers_ticket),
    ("disclosed", _greet_by_anothers_name),
    ("disclosed", _offer_anothers_order),
    ("disclosed", _send_what_another_is_told),
    ("disclosed", _show_what_another_is_told),
    ("disclosed", _answer_a_call_with_what_another_is_told),
    ("out_of_order", _skip_a_push),
    ("out_of_order", _push_twice),
    ("out_of_order", _show_in_another_order),
    ("reply_lost", _show_another_message),
    ("reply_lost", _never_show_the_last_reply),
    ("reply_lost", _show_nothing_at_all),
    ("reply_lost", _pass_a_reply_over),
    ("reply_lost", _show_other_words),
    ("reply_lost", _answer_a_call_with_what_is_not_stored),
    ("client", _complain),
)
"""What the checker must find: its kind, and what plants it."""
