"""Products as other rooms use them: taken in, and looked up by article or product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from backend.audit import service as audit
from backend.catalog import repository
from backend.catalog.repository import Titles, Variant
from backend.catalog.schemas import ProductIn
from backend.kit.actor import Actor, Role, require
from backend.kit.db import Tx

__all__ = ["Titles", "Variant"]


def upsert_products(tx: Tx, actor: Actor, products: Sequence[ProductIn]) -> Mapping[str, int]:
    """Add articles or overwrite those of the same SKU; the last of two wins.

    Returns how many were created, updated and unchanged. Raises: Forbidden below manager.
    """
    require(actor, Role.MANAGER)
    told = {row["sku"]: row for one in products for row in one.rows()}
    if not told:
        return {}
    known = repository.raw_by_sku(tx, sorted(told))
    outcomes = {
        sku: "created" if sku not in known else "unchanged" if known[sku] == row else "updated"
        for sku, row in told.items()
    }
    changed = [told[sku] for sku in sorted(told) if outcomes[sku] != "unchanged"]
    if changed:
        repository.upsert(tx, changed)
        counts = Counter(outcomes.values())
        data = {name: counts[name] for name in ("created", "updated")}
        audit.record(tx, actor, "products.imported", "products", data)
    return Counter(outcomes.values())


def titles_of(tx: Tx, skus: Iterable[str]) -> Mapping[str, Titles]:
    """The known ones of these articles, as items of orders need them."""
    return repository.titles_by_sku(tx, skus)


def variants_by_sku(tx: Tx, skus: Iterable[str]) -> Mapping[str, Variant]:
    """The known ones of these articles."""
    return repository.by_sku(tx, skus)


def variants_of(tx: Tx, product_id: str) -> Sequence[Variant]:
    """All variants of a product, also those that can't be had now."""
    return repository.of_product(tx, product_id)
