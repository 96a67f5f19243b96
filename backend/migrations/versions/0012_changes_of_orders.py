"""Orders can be changed: variants, saved payment methods, addresses, changes and their money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.kit.schema import Json, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _products()
    _people_and_orders()
    _changes()


def _products() -> None:
    op.add_column(
        "product",
        sa.Column("product_id", sa.String(64), comment="whose variant it is, if any"),
    )
    op.add_column(
        "product", sa.Column("options", Json, comment="option -> value, in the shop's order")
    )
    op.add_column(
        "product", sa.Column("prices", Json, comment="currency -> price of one in minor units")
    )
    op.add_column(
        "product",
        sa.Column("available", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_index("ix_product_product_id", "product", ["product_id"])


def _people_and_orders() -> None:
    op.add_column("customer", sa.Column("address", Json, comment="where his orders go unless told"))
    op.create_index("ix_customer_email", "customer", ["email"])
    op.create_index("ix_customer_name", "customer", ["name"])
    op.add_column(
        "order",
        sa.Column("ship_to", Json, comment="where it goes: a postal address, if the shop told"),
    )
    op.add_column(
        "payment",
        sa.Column("method_id", sa.String(64), comment="the customer's saved method, if it was one"),
    )
    op.add_column(
        "payment",
        sa.Column(
            "returned",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="given back by changes of the order; refunds count by themselves",
        ),
    )
    op.create_table(
        "payment_method",
        sa.Column("id", sa.String(64), nullable=False, comment="the shop's id"),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False, comment="gift_card, paypal, credit_card"),
        sa.Column("last_four", sa.String(4), comment="of a card"),
        sa.Column("balance", sa.Integer(), comment="of a gift card, minor units"),
        sa.Column("currency", sa.String(3), comment="of the balance"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_payment_method_customer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_method"),
    )
    op.create_index("ix_payment_method_customer_id", "payment_method", ["customer_id"])


def _changes() -> None:
    op.create_table(
        "order_change",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(128), nullable=False, comment="the same wish once"),
        sa.Column("ticket_id", sa.String(32)),
        sa.Column("order_id", sa.String(32), comment="none: of his profile"),
        sa.Column("customer_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False, comment="cancel, address, items …"),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("wish", Json, nullable=False, comment="what was asked for, to be quoted again"),
        sa.Column("difference", sa.Integer(), nullable=False, comment="he pays; below 0 he gets"),
        sa.Column("currency", sa.String(3)),
        sa.Column("requested_by_kind", sa.String(16), nullable=False),
        sa.Column("requested_by_id", sa.String(64), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime()),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_order_change_ticket_id"),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name="fk_order_change_order_id"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_order_change_customer_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_change"),
        sa.UniqueConstraint("key", name="uq_order_change_key"),
        sa.UniqueConstraint("ticket_id", name="uq_order_change_ticket_id"),
    )
    op.create_index("ix_order_change_order_id", "order_change", ["order_id"])
    op.create_table(
        "change_transfer",
        sa.Column("id", sa.String(32), nullable=False, comment="the idempotency key"),
        sa.Column("change_id", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="within its change, from 1"),
        sa.Column("method_id", sa.String(64), comment="a saved method; none: as he paid"),
        sa.Column("payment_id", sa.String(32), comment="what it gives back of"),
        sa.Column("amount", sa.Integer(), nullable=False, comment="he pays; below 0 he gets"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, comment="planned, due, settled, dropped"),
        sa.Column("settled_at", UtcTime()),
        sa.ForeignKeyConstraint(
            ["change_id"], ["order_change.id"], name="fk_change_transfer_change_id"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name="fk_change_transfer_payment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_change_transfer"),
    )
    op.create_index("ix_change_transfer_change_id", "change_transfer", ["change_id"])
    op.create_index("ix_change_transfer_state", "change_transfer", ["state", "id"])
