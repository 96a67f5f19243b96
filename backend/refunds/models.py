"""Refunds, people's verdicts on them, and the transfers that pay them. Amounts: minor units."""

from __future__ import annotations

import sqlalchemy as sa

from backend.kit.schema import BigId, Json, UtcTime, metadata

refund = sa.Table(
    "refund",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey("ticket.id"), nullable=False, unique=True),
    sa.Column("order_id", sa.ForeignKey("order.id"), nullable=False, index=True),
    sa.Column("customer_id", sa.ForeignKey("customer.id"), nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("shipping", sa.Integer, nullable=False, comment="outbound shipping within amount"),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("parts", Json, nullable=False, comment="[[kind, amount] …], their sum is amount"),
    sa.Column("reason", sa.String(32), nullable=False),
    sa.Column("received", sa.Boolean, nullable=False),
    sa.Column("return_required", sa.Boolean, nullable=False),
    sa.Column("return_shipping_by", sa.String(16), nullable=False),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("approvals_required", sa.Integer, nullable=False),
    sa.Column("manual", sa.Boolean, nullable=False, comment="no rule decided: a person must"),
    sa.Column("requested_by_kind", sa.String(16), nullable=False),
    sa.Column("requested_by_id", sa.String(64), nullable=False),
    sa.Column("requested_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("attempts", sa.Integer, nullable=False, comment="executions begun"),
    sa.Column("outcome_unknown", sa.Boolean, nullable=False, comment="money may have moved"),
    sa.Column("failure", sa.String(64), comment="the provider's or our code"),
    sa.Column("failure_detail", sa.String(500)),
)
sa.Index("ix_refund_state_requested", refund.c.state, refund.c.requested_at, refund.c.id)
sa.Index("ix_refund_customer_requested", refund.c.customer_id, refund.c.requested_at)

refund_verdict = sa.Table(
    "refund_verdict",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("refund_id", sa.ForeignKey("refund.id"), nullable=False),
    sa.Column("account_id", sa.String(32), nullable=False),
    sa.Column("account_name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(16), nullable=False, comment="when the verdict was given"),
    sa.Column("verdict", sa.String(8), nullable=False, comment="approve, reject"),
    sa.Column("reason", sa.String(500), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # Two approvals are two people, whatever a check missed.
    sa.UniqueConstraint("refund_id", "account_id", "verdict"),
)

refund_transfer = sa.Table(
    "refund_transfer",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True, comment="the idempotency key"),
    sa.Column("refund_id", sa.ForeignKey("refund.id"), nullable=False, index=True),
    sa.Column("payment_id", sa.ForeignKey("payment.id"), nullable=False, index=True),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False, comment="pending, succeeded"),
    sa.Column("provider_ref", sa.String(128)),
    sa.Column("finished_at", UtcTime),
)

refund_attempt = sa.Table(
    "refund_attempt",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=True),
    sa.Column("transfer_id", sa.ForeignKey("refund_transfer.id"), nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False, comment="which execution, from 1"),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("outcome", sa.String(12), comment="succeeded, pending, unknown, refused"),
    sa.Column("detail", sa.String(500), nullable=False, server_default=""),
)
