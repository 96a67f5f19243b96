"""The tables tickets are searched by, and what makes a ticket be indexed anew."""

from __future__ import annotations

from backend.kit.search.models import Watch, search_tables

SUBJECT = "ticket"
ticket_search = search_tables(SUBJECT)

WATCHES = (
    Watch("ticket"),
    Watch("ticket", ("state", "order_id", "customer_id")),
    Watch(
        "customer",
        ("name", "email", "phone"),
        "SELECT ticket.id FROM ticket WHERE ticket.customer_id = NEW.id",
    ),
    Watch(
        "order",
        ("number", "email", "phone"),
        "SELECT ticket.id FROM ticket WHERE ticket.order_id = NEW.id",
    ),
    Watch(
        "order_item",
        ("titles",),
        "SELECT ticket.id FROM ticket WHERE ticket.order_id = NEW.order_id",
    ),
)
