"""Versions of tables on both databases: drafts, publishing, and who decides by which."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from backend.kit.actor import Actor, Role
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict, Forbidden, Invalid, NotFound
from backend.rules import service
from backend.rules.models import rule_table
from backend.rules.tables import REFUND_APPROVAL, RefundApprovalInputs
from tests.backend.refunds.support import AGENT, KEY, MIA, SUE
from tests.backend.rules.test_shipped import HARMLESS

NAME = REFUND_APPROVAL.name


async def said(database: Database, **changes: Any) -> tuple[int, str, str]:
    inputs = RefundApprovalInputs.model_validate(HARMLESS | changes)
    made = await database.read(service.evaluate, REFUND_APPROVAL, inputs)
    return made.version, made.row_id, made.outputs.approval


async def content(database: Database) -> dict[str, Any]:
    view = await database.read(service.get_table, MIA, NAME)
    return copy.deepcopy(dict(view.content))


async def stricter(database: Database) -> dict[str, Any]:
    """The published table, small amounts waiting for a person."""
    changed = await content(database)
    for row in changed["rules"]:
        if row["_id"] == "small-cny":
            row["out_approval"] = '"one" '
    return changed


async def test_the_shipped_tables_are_published_once(database: Database) -> None:
    await asyncio.gather(*(database.tx(service.ensure_defaults) for _ in range(5)))
    for view in await database.read(service.list_tables, AGENT):
        assert [(one.version, one.status) for one in view.versions] == [(1, "published")]


async def test_a_draft_decides_nothing_until_published(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    assert await database.tx(service.save_draft, MIA, NAME, await stricter(database)) == 2
    assert await said(database) == (1, "small-cny", "auto")
    await database.tx(service.publish, MIA, NAME, 2)
    assert await said(database) == (2, "small-cny", "one")
    view = await database.read(service.get_table, AGENT, NAME)
    assert [(one.version, one.status) for one in view.versions] == [
        (2, "published"),
        (1, "retired"),
    ]
    assert (view.version, view.versions[0].author_name) == (2, "Mia")


async def test_going_back_is_publishing_the_old_one(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    await database.tx(service.save_draft, MIA, NAME, await stricter(database))
    await database.tx(service.publish, MIA, NAME, 2)
    await database.tx(service.publish, MIA, NAME, 1)
    assert await said(database) == (1, "small-cny", "auto")


async def test_a_bad_draft_is_refused_with_its_cells(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    changed = await content(database)
    changed["rules"][0]["in_blacklisted"] = "ja"
    with pytest.raises(Invalid) as caught:
        await database.tx(service.save_draft, MIA, NAME, changed)
    assert [error.field for error in caught.value.errors] == ["row 1, column blacklisted"]
    view = await database.read(service.get_table, MIA, NAME)
    assert len(view.versions) == 1


@pytest.mark.parametrize(
    "actor", [AGENT, SUE, Actor("customer", "c", "Lin"), Actor("api_key", "k", "k", Role.AGENT)]
)
async def test_only_managers_change_tables(database: Database, actor: Actor) -> None:
    await database.tx(service.ensure_defaults)
    with pytest.raises(Forbidden):
        await database.tx(service.save_draft, actor, NAME, await content(database))
    with pytest.raises(Forbidden):
        await database.tx(service.publish, actor, NAME, 1)


async def test_customers_read_no_tables(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    with pytest.raises(Forbidden):
        await database.read(service.list_tables, Actor("customer", "c", "Lin"))


async def test_unknown_tables_and_versions(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    with pytest.raises(NotFound):
        await database.read(service.get_table, MIA, "prices")
    with pytest.raises(NotFound):
        await database.read(service.get_table, MIA, NAME, 7)
    with pytest.raises(NotFound):
        await database.tx(service.publish, MIA, NAME, 7)
    with pytest.raises(Conflict):
        await database.tx(service.publish, MIA, NAME, 1)


async def test_drafts_saved_at_once_get_numbers_of_their_own(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    draft = await stricter(database)
    numbers = await asyncio.gather(
        *(database.tx(service.save_draft, KEY, NAME, draft) for _ in range(10))
    )
    assert sorted(numbers) == list(range(2, 12))


async def test_versions_published_at_once_leave_one(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    for _ in range(5):
        await database.tx(service.save_draft, MIA, NAME, await stricter(database))
    await asyncio.gather(
        *(database.tx(service.publish, MIA, NAME, version) for version in range(2, 7))
    )
    view = await database.read(service.get_table, MIA, NAME)
    assert sorted(one.status for one in view.versions) == ["published"] + ["retired"] * 5


async def test_the_database_keeps_one_published_version(database: Database) -> None:
    await database.tx(service.ensure_defaults)
    await database.tx(service.save_draft, MIA, NAME, await stricter(database))

    def publish_behind_our_back(tx: Tx) -> None:
        tx.conn.execute(sa.update(rule_table).values(status="published"))

    with pytest.raises(IntegrityError):
        await database.tx(publish_behind_our_back)
