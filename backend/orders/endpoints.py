"""Orders over REST, to be mounted under /api/v1."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import APIRouter, Request

from backend.accounts.web import CurrentActor, Db
from backend.kit.actor import Role, require
from backend.kit.errors import DomainError, FieldError, Invalid, TooLarge
from backend.orders.importing import Format, import_orders
from backend.orders.rules import number_key
from backend.orders.saving import put_order
from backend.orders.schemas import ImportReport, OrderIn, PutResult

MAX_UPLOAD = 50 * 1024 * 1024
IN_MEMORY = 1024 * 1024
MEDIA_TYPES: dict[str, Format] = {"text/csv": "csv", "application/x-ndjson": "jsonl"}


class UnsupportedMediaType(DomainError):
    """The body is of a kind we don't read."""

    status = 415


router = APIRouter(tags=["orders"])
_TEXT = {"schema": {"type": "string", "format": "binary"}}
_IMPORT_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(MEDIA_TYPES, _TEXT)}}


@router.post("/orders/import", openapi_extra=_IMPORT_BODY)
async def import_many(request: Request, db: Db, actor: CurrentActor) -> ImportReport:
    """Import a file of orders: CSV or JSON lines, at most 50 MB. Needs a manager.

    Good rows go in, bad ones are listed; a repeated import changes nothing."""
    require(actor, Role.MANAGER)
    kind = MEDIA_TYPES.get(request.headers.get("content-type", "").partition(";")[0].strip())
    if kind is None:
        raise UnsupportedMediaType("unsupported_media_type", f"send {' or '.join(MEDIA_TYPES)}")
    with SpooledTemporaryFile(IN_MEMORY) as spooled:
        stream = cast(BinaryIO, spooled)
        await _receive(request, stream)
        return await import_orders(db, stream, kind, actor)


@router.put("/orders/{number:path}")
async def put(number: str, order: OrderIn, db: Db, actor: CurrentActor) -> PutResult:
    """Add an order or bring it up to date. Needs a manager or a manager's API key."""
    if number_key(number) != number_key(order.number):
        errors = [FieldError("number", "is not the one in the address")]
        raise Invalid("bad_order", "two different numbers", errors=errors)
    saved = await db.tx(put_order, actor, order)
    return PutResult.model_validate({"number": order.number, "outcome": saved.outcome})


async def _receive(request: Request, stream: BinaryIO) -> None:
    """Write the body to `stream` and rewind it. Raises: TooLarge, whatever its header claimed."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_UPLOAD:
            raise TooLarge("too_large", f"at most {MAX_UPLOAD:,} bytes")
        stream.write(chunk)
    stream.seek(0)
