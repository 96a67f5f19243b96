"""A record and tables that agree, made by hand: what the checker's own tests then break."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import UTC, datetime
from typing import Any

from tests.chaos.record import Connection, Customer, Fault, Receipt, Record, Sent, Shown

BEGIN = 1_780_000_000.0
Rows = list[dict[str, Any]]
TABLES = (
    "job",
    "contact",
    "conversation",
    "message",
    "delivered_part",
    "refund",
    "refund_transfer",
    "payment",
    "ticket",
    "order",
    "audit_entry",
    "audit_head",
    "effect",
)


class SmallWorld:
    """Two calm customers and two of the storm, on web chat and Telegram, each refunded.

    The dialog is four messages: hello (answered), order (answered), yes (a notice of approval),
    thanks (answered); then the notice that he was paid. `CH…` are orders' numbers, `AS…` tickets'.
    """

    def __init__(self) -> None:
        self.record = Record()
        self.tables: dict[str, Rows] = {name: [] for name in TABLES}
        self._ids = itertools.count(1)
        self._clock = BEGIN
        for number, (channel, calm) in enumerate(
            itertools.product(("webchat", "telegram"), (True, False))
        ):
            self._customer(number, channel, calm=calm)
        self.record.faults.append(Fault("kill", "web1", BEGIN - 100, BEGIN - 99))
        self._audit()

    def customer(self, channel: str) -> Customer:
        """The one who came with the storm."""
        return next(c for c in self.record.customers if c.channel == channel and not c.calm)

    def sent(self, channel: str) -> list[Sent]:
        """What he said."""
        return [one for one in self.record.sent if one.customer == self.customer(channel).name]

    def receipts(self) -> list[Receipt]:
        """What the Telegram customer received."""
        contact = self.customer("telegram").contact
        return [receipt for receipt in self.record.receipts if receipt.to == contact]

    def messages(self, channel: str, author: str) -> Rows:
        """What is stored of his conversation."""
        name = f"conversation-{self.customer(channel).name}"
        return [
            row
            for row in self.tables["message"]
            if row["conversation_id"] == name and row["author"] == author
        ]

    def conversation(self, channel: str) -> dict[str, Any]:
        """His conversation's row."""
        name = f"conversation-{self.customer(channel).name}"
        return next(row for row in self.tables["conversation"] if row["id"] == name)

    def refund(self, channel: str) -> dict[str, Any]:
        """His refund's row."""
        order = f"order-{self.customer(channel).name}"
        return next(row for row in self.tables["refund"] if row["order_id"] == order)

    def ticket(self, channel: str) -> dict[str, Any]:
        """His ticket's row."""
        order = f"order-{self.customer(channel).name}"
        return next(row for row in self.tables["ticket"] if row["order_id"] == order)

    def unpay(self, channel: str) -> None:
        """As if his refund had never been: neither it nor what follows from it."""
        refund, ticket = self.refund(channel), self.ticket(channel)
        self.drop("refund", refund)
        self.drop("ticket", ticket)
        self._keep("refund_transfer", "refund_id", refund["id"])
        self._keep("effect", "payment_ref", f"pay-{self.customer(channel).order_number}")
        self.tables["audit_entry"].clear()
        self._audit()

    def unsay(self, channel: str, step: str) -> None:
        """As if he had left before this step: nothing of it, nor of what came after."""
        self.customer(channel).finished = False
        begun = next(one.first_sent for one in self.sent(channel) if one.step == step)
        for one in self.sent(channel):
            if one.first_sent >= begun:
                self.record.sent.remove(one)
                self.conversation(channel)["state_version"] -= 1
        for row in [*self.messages(channel, "customer"), *self.messages(channel, "bot")]:
            if row["sent_at"].timestamp() >= begun:
                self.drop("message", row)
                self.customer(channel).seen.pop(row["seq"], None)
                for connection in self.customer(channel).connections:
                    connection.pushed.remove(row["seq"])

    def drop(self, table: str, row: dict[str, Any]) -> None:
        """Take a row away."""
        self.tables[table].remove(row)

    def reply(self, channel: str, key: str, *, answers: str | None, text: str = "") -> None:
        """Store one more reply, delivered as the channel does it."""
        customer = self.customer(channel)
        self._reply(customer, key, answers, text or f"{key} {next(self._ids)}")

    def _keep(self, table: str, column: str, never: str) -> None:
        self.tables[table][:] = [row for row in self.tables[table] if row[column] != never]

    def _customer(self, number: int, channel: str, *, calm: bool) -> None:
        name = f"C{number}"
        contact = f"customer:{name}" if channel == "webchat" else str(1000 + number)
        order, ticket = f"CH{number:06d}", f"AS20260520-{1000 + number}"
        customer = Customer(name, channel, channel, channel, contact, order, calm, finished=True)
        self.record.customers.append(customer)
        self.tables["contact"].append(
            {"id": f"contact-{name}", "channel_account": channel, "external_id": contact}
        )
        self.tables["conversation"].append(
            {"id": f"conversation-{name}", "contact_id": f"contact-{name}", "state_version": 4}
        )
        if channel == "webchat":
            customer.connections.append(Connection(0))
        for step, (words, key, text) in enumerate(
            [
                ("hello", "greeting", f"Hello {name}"),
                ("order", "summary", f"Order {order}, is that right?"),
                ("yes", "refund.approved", f"approved as {ticket}"),
                ("thanks", "bye", "You're welcome"),
            ],
            1,
        ):
            message_id = self._say(customer, str(step), words)
            self._reply(customer, key, None if words == "yes" else message_id, text)
        self._reply(customer, "refund.paid", None, f"paid ¥49.00 for {ticket}")
        self._pay(name, order, ticket)

    def _say(self, customer: Customer, step: str, words: str) -> str:
        number, at = next(self._ids), self._tick()
        external_id = f"{customer.contact}:{number}"
        self.record.sent.append(
            Sent(customer.name, step, external_id, number, words, at, None, at + 0.1, 1)
        )
        self.record.sent[-1].confirms = words == "yes"
        body = {"kind": "text", "text": words, "choice": None, "group_id": None}
        row = self._message(customer, "customer", external_id, body, at)
        self.tables["message"].append({**row, "turn_state": "done", "answers": None})
        return str(row["id"])

    def _reply(self, customer: Customer, key: str, answers: str | None, text: str) -> None:
        at = self._tick()
        options = [{"label": "Yes"}, {"label": "No"}] if key == "summary" else []
        body = {"text": text, "template_key": key, "options": options}
        row = self._message(customer, "bot", f"out:{next(self._ids)}", body, at)
        self.tables["message"].append({**row, "answers": answers, "delivery": "sent"})
        if customer.channel == "telegram":
            self.record.receipts.append(Receipt("telegram", customer.contact, text, at + 0.1))
            part = {"message_id": row["id"], "at": datetime.fromtimestamp(at + 0.2, UTC)}
            self.tables["delivered_part"].append(part)

    def _message(
        self, customer: Customer, author: str, external_id: str, body: dict[str, Any], at: float
    ) -> dict[str, Any]:
        conversation = f"conversation-{customer.name}"
        seq = 1 + sum(row["conversation_id"] == conversation for row in self.tables["message"])
        message_id = f"m{next(self._ids)}"
        if customer.channel == "webchat":
            customer.seen[seq] = Shown(message_id, body["text"])
            customer.connections[-1].pushed.append(seq)
        return {
            "id": message_id,
            "conversation_id": conversation,
            "seq": seq,
            "external_id": external_id,
            "author": author,
            "body": body,
            "sent_at": datetime.fromtimestamp(at, UTC),
        }

    def _pay(self, name: str, order_number: str, ticket_number: str) -> None:
        order, refund = f"order-{name}", f"refund-{name}"
        ref = f"pay-{order_number}"
        tables = self.tables
        tables["order"].append({"id": order, "number": order_number})
        tables["payment"].append({"id": f"payment-{name}", "provider_ref": ref})
        tables["ticket"].append(
            {
                "id": f"ticket-{name}",
                "number": ticket_number,
                "order_id": order,
                "state": "refunded",
                "amount": 4900,
            }
        )
        tables["refund"].append(
            {
                "id": refund,
                "order_id": order,
                "ticket_id": f"ticket-{name}",
                "amount": 4900,
                "state": "succeeded",
            }
        )
        tables["refund_transfer"].append(
            {
                "id": f"transfer-{name}",
                "refund_id": refund,
                "payment_id": f"payment-{name}",
                "amount": 4900,
            }
        )
        tables["effect"].append(
            {"idempotency_key": f"transfer-{name}", "payment_ref": ref, "amount": 4900}
        )
        tables["job"].append(
            {"id": 1, "kind": "turn", "state": "done", "payload": {}, "last_error": None}
        )

    def _audit(self) -> None:
        last = "0" * 64
        for seq, refund in enumerate(self.tables["refund"], 1):
            entry: dict[str, Any] = {
                "seq": seq,
                "at": datetime.fromtimestamp(self._tick(), UTC),
                "actor_kind": "system",
                "actor_id": "system",
                "actor_name": "Aftercare",
                "action": "refund.succeeded",
                "subject": f"ticket:{seq}",
                "data": {"refund": refund["id"]},
                "prev_hash": last,
            }
            spelt = {**entry, "at": entry["at"].isoformat(timespec="microseconds")}
            text = json.dumps(spelt, sort_keys=True, separators=(",", ":"))
            last = hashlib.sha256(text.encode()).hexdigest()
            self.tables["audit_entry"].append({**entry, "hash": last})
        self.tables["audit_head"] = [{"seq": seq, "hash": last}]

    def _tick(self) -> float:
        self._clock += 1.0
        return self._clock
