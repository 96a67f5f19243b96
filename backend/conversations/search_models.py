"""The tables conversations are searched by, and what makes a conversation be indexed anew."""

from __future__ import annotations

from backend.kit.search.models import Watch, search_tables

SUBJECT = "conversation"
conversation_search = search_tables(SUBJECT)

WATCHES = (
    Watch("conversation"),
    # Every message has a number of its own, so no trigger on the messages is needed.
    Watch("conversation", ("last_seq", "status")),
    # It is found by its tickets' numbers as well.
    Watch(
        "ticket",
        owners="SELECT NEW.conversation_id AS id WHERE NEW.conversation_id IS NOT NULL",
    ),
)
