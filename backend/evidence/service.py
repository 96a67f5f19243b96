"""Photos as evidence: kept with how they look, compared with other tickets', read, shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.audit import service as audit
from backend.conversations import service as conversations
from backend.conversations.repository import Attachment
from backend.evidence import repository, rules
from backend.evidence.repository import PhotoFacts, Reuse
from backend.evidence.rules import Seen
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.kit.images import Look
from backend.tickets.states import RELEASED

WAITING, DONE, FAILED, PLAIN = "waiting", "done", "failed", "plain"


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from a picture, as it stands there. Nobody has checked any of it: the customer
    confirms a number before it is used, and it proves nothing. Amounts: (minor units, currency)."""

    orders: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()
    amounts: tuple[tuple[int, str], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back."""
        return {
            "orders": list(self.orders),
            "parcels": list(self.parcels),
            "amounts": [list(amount) for amount in self.amounts],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Found:
        """Nothing, where nothing was read."""
        if not stored:
            return cls()
        amounts = tuple((int(minor), str(currency)) for minor, currency in stored["amounts"])
        return cls(tuple(stored["orders"]), tuple(stored["parcels"]), amounts)


@dataclass(frozen=True, slots=True)
class Reused:
    """A photo that shows the same as one of another ticket."""

    attachment_id: str
    ticket_id: str
    seen_attachment_id: str


def add_photo(
    tx: Tx, attachment_id: str, look: Look, *, to_be_read: bool, compared: bool = True
) -> None:
    """Keep how a photo looks; without a print if it is not to be `compared` with others."""
    seen = Seen(rules.print_of(look.grey) if compared else rules.NO_PRINT, look.grey)
    repository.insert(tx, attachment_id, seen, WAITING if to_be_read else PLAIN)


def find_reused(tx: Tx, refs: Sequence[str], order_id: str) -> list[Reused]:
    """Which of these photos are evidence of another ticket already, whoever's it is. What was
    withdrawn or rejected of the same order does not count: he asks for the same again.

    Holds a lock on each picture, so that two requests at the same moment can't both be the first.
    """
    looks = repository.looks(tx, refs)
    repository.lock(tx, rules.lock_keys([seen.print for seen in looks.values()]))
    found = []
    for ref, seen in looks.items():
        for other in repository.candidates(tx, rules.words_of(seen.print)):
            again = other.order_id == order_id and other.ticket_state in RELEASED
            if not again and rules.is_same(seen, other.seen):
                found.append(Reused(ref, other.ticket_id, other.attachment_id))
    return found


def keep_evidence(tx: Tx, ticket_id: str, refs: Sequence[str], reused: Sequence[Reused]) -> None:
    """A ticket has these photos as its evidence: later ones are compared with them."""
    looks = repository.looks(tx, refs)
    words = [(word, ref) for ref, seen in looks.items() for word in rules.words_of(seen.print)]
    repository.add_words(tx, words)
    if reused:
        shown = [(one.attachment_id, one.ticket_id, one.seen_attachment_id) for one in reused]
        repository.add_reuse(tx, ticket_id, shown)


def keep_read(tx: Tx, attachment_id: str, found: Found | None, nudity: float | None) -> None:
    """What reading a photo came to. `found` None: its text was not looked for."""
    values = {"found": found.to_json() if found else None, "nudity": nudity}
    repository.update(tx, attachment_id, state=DONE, **values)


def keep_unread(tx: Tx, attachment_id: str) -> None:
    """It could not be read, and is not tried again."""
    repository.update(tx, attachment_id, state=FAILED)


def photos(tx: Tx, attachment_ids: Sequence[str]) -> Mapping[str, PhotoFacts]:
    """What is known of photos, by their attachments' ids; files that are no photos have none."""
    return repository.facts(tx, attachment_ids) if attachment_ids else {}


def found_on(tx: Tx, attachment_ids: Sequence[str]) -> list[Found]:
    """What was read from photos, in their order."""
    known = photos(tx, attachment_ids)
    return [Found.from_json(known[ref].found) for ref in attachment_ids if ref in known]


def reuse_of(tx: Tx, ticket_id: str) -> Sequence[Reuse]:
    """Photos this ticket shares with others."""
    return repository.reuse_of(tx, ticket_id)


def is_hidden(known: PhotoFacts | None) -> bool:
    """Whether a photo is to be shown only to who asks for it."""
    return known is not None and rules.is_hidden(known.nudity, known.opened_at is not None)


def file_for_people(tx: Tx, attachment_id: str, actor: Actor) -> tuple[Attachment, bool]:
    """A customer's file, and whether it is hidden. Raises: Forbidden, NotFound."""
    found = conversations.attachment_for_people(tx, attachment_id, actor)
    known = photos(tx, [attachment_id]) if found.kind == "image" else {}
    return found, is_hidden(known.get(attachment_id))


def open_photo(tx: Tx, attachment_id: str, actor: Actor) -> None:
    """Show a hidden photo from now on, to everybody of the shop. Raises: Forbidden, NotFound."""
    require(actor, Role.AGENT)
    known = photos(tx, [attachment_id]).get(attachment_id)
    if known is None:
        raise NotFound("photo_not_found")
    if not is_hidden(known):
        return
    repository.update(tx, attachment_id, opened_at=tx.now, opened_by=actor.name[:120])
    audit.record(tx, actor, "photo.opened", f"attachment:{attachment_id}", {})
