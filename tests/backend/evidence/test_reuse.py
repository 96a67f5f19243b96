"""A photo that was another request's evidence: a person looks, and nobody is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.conversations import repository as conversations
from backend.conversations.repository import Attachment
from backend.evidence import repository, service
from backend.evidence.service import Found
from backend.kit.actor import Actor, Role
from backend.kit.db import Database, Tx
from backend.kit.errors import Forbidden, NotFound
from backend.kit.images import clean_image
from backend.kit.storage import FolderStorage
from backend.pipeline.media import Media
from backend.pipeline.photo_reader import PhotoChecks
from backend.refunds import service as refunds
from backend.refunds import views
from backend.refunds.repository import Refund
from backend.rules import service as tables
from backend.tickets import service as tickets
from tests.backend.refunds.support import AGENT, SUE, Chat, ask, order_document, prepare, put
from tests.support import pictures

SMALL = 5_000
"""Paid at once, if nothing speaks against it."""


def add_photo(tx: Tx, chat: Chat, content: bytes, sha256: str = "0" * 64) -> str:
    """A stored photo of a conversation, with how it looks."""
    image = clean_image(content)
    row = Attachment(
        id=tx.ids.new(),
        conversation_id=chat.conversation_id,
        kind="image",
        media_type=image.media_type,
        sha256=sha256,
        size=len(image.content),
        width=image.width,
        height=image.height,
        name="",
    )
    conversations.insert_attachment(tx, row)
    service.add_photo(tx, row.id, image.look, to_be_read=True)
    return row.id


def request(tx: Tx, number: str, customer: str, *photos: bytes) -> tuple[Refund, list[str]]:
    """A small refund for something broken, with these photos."""
    document = order_document(
        number, prices=((SMALL, 1),), customer={"external_id": customer}, now=tx.now
    )
    order, chat = prepare(tx, document)
    refs = [add_photo(tx, chat, content) for content in photos]
    return ask(tx, order, chat, reason="damaged", evidence=tuple(refs)), refs


def approval_of(tx: Tx, refund: Refund) -> dict[str, Any]:
    [made] = [
        one
        for one in tables.decisions_of(tx, [refund.ticket_id])
        if one.rule_table == "refund_approval"
    ]
    return {"row": made.row_id, "reused": made.inputs["evidence_reused"]}


async def test_the_same_photo_of_another_customer_goes_to_a_person(database: Database) -> None:
    mug = pictures.scene(1)
    first, theirs = await database.tx(request, "A-1", "C1", pictures.jpeg(mug))
    again = pictures.jpeg(mug.resize((240, 180)), 60)
    second, mine = await database.tx(request, "A-2", "C2", pictures.photo(2), again)
    assert (first.state, first.approvals_required) == ("approved", 0)
    assert (second.state, second.approvals_required) == ("awaiting_approval", 1)
    assert await database.read(approval_of, second) == {"row": "evidence-reused", "reused": 1}
    numbers = [
        (await database.read(tickets.get_ticket, one.ticket_id)).number for one in (first, second)
    ]
    detail = await database.read(views.get_ticket, SUE, numbers[1], "en")
    assert {photo.id: photo.seen_in for photo in detail.attachments} == {
        mine[0]: [],
        mine[1]: [numbers[0]],
    }
    assert detail.refund is not None
    assert "evidence_reused" in detail.refund.risk
    before = await database.read(views.get_ticket, SUE, numbers[0], "en")
    assert [(photo.id, photo.seen_in) for photo in before.attachments] == [
        (theirs[0], [numbers[1]])
    ]


async def test_photos_of_their_own_are_paid_at_once(database: Database) -> None:
    await database.tx(request, "A-1", "C1", pictures.photo(1))
    second, _ = await database.tx(request, "A-2", "C2", pictures.photo(2))
    assert (second.state, second.approvals_required) == ("approved", 0)
    assert await database.read(approval_of, second) == {"row": "small-cny", "reused": 0}


async def test_a_table_that_knows_nothing_of_it_still_sends_it_to_a_person(
    database: Database,
) -> None:
    await database.tx(request, "A-1", "C1", pictures.photo(1))
    manager = Actor("account", "m", "Mia", Role.MANAGER)

    def forget_the_row(tx: Tx) -> None:
        view = tables.get_table(tx, manager, "refund_approval")
        rows = [row for row in view.content["rules"] if row["_id"] != "evidence-reused"]
        version = tables.save_draft(tx, manager, "refund_approval", {**view.content, "rules": rows})
        tables.publish(tx, manager, "refund_approval", version)

    await database.tx(forget_the_row)
    second, _ = await database.tx(request, "A-2", "C2", pictures.photo(1))
    assert await database.read(approval_of, second) == {"row": "small-cny", "reused": 1}
    assert second.approvals_required == 1


async def test_who_took_a_request_back_may_make_it_again(database: Database) -> None:
    def ask_twice(tx: Tx) -> Refund:
        document = order_document("A-1", prices=((300_000, 1),), now=tx.now)
        order, chat = prepare(tx, document)
        photo = add_photo(tx, chat, pictures.photo(1))
        once = ask(tx, order, chat, reason="damaged", evidence=(photo,))
        ticket = tickets.get_ticket(tx, once.ticket_id)
        refunds.withdraw_request(tx, ticket.number, chat.contact_id, chat.actor)
        return ask(tx, order, chat, reason="damaged", evidence=(photo,))

    again = await database.tx(ask_twice)
    assert (await database.read(approval_of, again))["reused"] == 0


async def test_two_requests_at_once_are_not_both_the_first(database: Database) -> None:
    for number, customer in (("A-1", "C1"), ("A-2", "C2")):
        document = order_document(number, prices=((SMALL, 1),), customer={"external_id": customer})
        await database.tx(put, document)
    made = await asyncio.gather(
        *(
            database.tx(request, number, customer, pictures.photo(1))
            for number, customer in (("A-1", "C1"), ("A-2", "C2"))
        )
    )
    assert sorted(refund.approvals_required for refund, _ in made) == [0, 1]


@pytest.mark.parametrize(("checks", "people"), [("reused,text", 1), ("text", 0)])
async def test_pictures_are_compared_only_where_the_shop_wants_it(
    database: Database, tmp_path: Path, checks: str, people: int
) -> None:
    made = PhotoChecks(blank=False, reused="reused" in checks, text=True)
    media = Media(database, FolderStorage(tmp_path), made)
    asked = []
    for number, customer in (("A-1", "C1"), ("A-2", "C2")):
        document = order_document(number, prices=((SMALL, 1),), customer={"external_id": customer})
        order, chat = await database.tx(prepare, document)
        stored = await media.store_photo(chat.conversation_id, pictures.photo(1), "a.jpg")
        evidence = (stored.id,)
        asked.append(await database.tx(ask, order, chat, reason="damaged", evidence=evidence))
    assert [refund.approvals_required for refund in asked] == [0, people]


async def test_what_was_read_and_what_is_hidden_is_told_to_people(database: Database) -> None:
    refund, [ref] = await database.tx(request, "A-1", "C1", pictures.photo(1))
    found = Found(("DS20260518-0042",), ("SF1234567890123",), ((20_100, "CNY"),))
    await database.tx(service.keep_read, ref, found, 0.9)
    detail = await database.read(views.get_ticket, AGENT, refund.ticket_id, "en")
    [photo] = detail.attachments
    assert (photo.hidden, photo.reading) == (True, "done")
    assert photo.read is not None
    assert photo.read.model_dump() == {
        "orders": ["DS20260518-0042"],
        "parcels": ["SF1234567890123"],
        "amounts": [{"minor": 20_100, "currency": "CNY", "text": "CNY 201.00"}],
    }
    with pytest.raises(Forbidden):
        await database.tx(service.open_photo, ref, Actor("customer", "c", "C"))
    with pytest.raises(NotFound):
        await database.tx(service.open_photo, "none", AGENT)
    await database.tx(service.open_photo, ref, AGENT)
    known = (await database.read(repository.facts, [ref]))[ref]
    assert known.opened_at is not None
    assert not service.is_hidden(known)
