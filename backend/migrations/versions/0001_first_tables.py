"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.audit.models import protect
from backend.kit.schema import BigId, Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False, comment="normalised"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "role",
            sa.String(length=16),
            nullable=False,
            comment="agent, supervisor, manager, admin",
        ),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column(
            "password_hash", sa.String(length=200), nullable=False, comment="argon2id, PHC string"
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False, comment="names it in the key"),
        sa.Column(
            "secret_hash", sa.String(length=64), nullable=False, comment="SHA-256; 256 random bits"
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False, comment="the actor's id"),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=64), nullable=False),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column(
            "subject", sa.String(length=128), nullable=False, comment="ticket:AS20260520-1286"
        ),
        sa.Column("data", Json, nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "seq"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_audit_head_one"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False, comment="the shop's id"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column(
            "tier", sa.String(length=16), nullable=False, comment="standard, silver, gold, vip"
        ),
        sa.Column("blacklisted", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customer_external_id")),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", sa.String(length=32), nullable=False),
        sa.Column("rule_table", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.String(length=64), nullable=False),
        sa.Column("row_index", sa.Integer(), nullable=False, comment="its place from 0"),
        sa.Column("inputs", Json, nullable=False),
        sa.Column("outputs", Json, nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(
        "ix_decision_table_decided", "decision", ["rule_table", "decided_at"], unique=False
    )
    op.create_index(op.f("ix_decision_ticket_id"), "decision", ["ticket_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column(
            "key",
            sa.String(length=96),
            nullable=True,
            comment="jobs of one key run one after another, by id",
        ),
        sa.Column(
            "uniq",
            sa.String(length=160),
            nullable=True,
            comment="enqueued once, however often asked",
        ),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="new, running, done, dead"),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("uniq", name=op.f("uq_job_uniq")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'running')"),
        sqlite_where=sa.text("state IN ('new', 'running')"),
    )
    op.create_index(
        "ix_job_key",
        "job",
        ["key", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('new', 'running')"),
        sqlite_where=sa.text("state IN ('new', 'running')"),
    )
    op.create_index("ix_job_state", "job", ["state", "id"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column(
            "email_key", sa.String(length=64), nullable=False, comment="SHA-256 of what was typed"
        ),
        sa.Column(
            "address", sa.String(length=45), nullable=False, comment="IPv4, or the /64 of an IPv6"
        ),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_address", "login_failure", ["address", "at"], unique=False)
    op.create_index(op.f("ix_login_failure_at"), "login_failure", ["at"], unique=False)
    op.create_index("ix_login_failure_email", "login_failure", ["email_key", "at"], unique=False)
    op.create_table(
        "product",
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("business", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("titles", Json, nullable=False, comment="locale -> title"),
        sa.Column("aliases", Json, nullable=False, comment="other words customers use"),
        sa.Column("image", sa.String(length=300), nullable=True),
        sa.Column("returnable", sa.Boolean(), nullable=False, comment="no-reason returns allowed"),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_product")),
    )
    op.create_table(
        "rule_table",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column(
            "name", sa.String(length=64), nullable=False, comment="refund_approval, shipping_bearer"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "status", sa.String(length=12), nullable=False, comment="draft, published, retired"
        ),
        sa.Column("content", Json, nullable=False, comment="a JDM decision table; never changed"),
        sa.Column(
            "content_hash", sa.String(length=64), nullable=False, comment="names the compiled form"
        ),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("published_by", sa.String(length=120), nullable=True),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.Column("retired_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_table")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_rule_table_name_version")),
    )
    op.create_index(
        "uq_rule_table_published",
        "rule_table",
        ["name"],
        unique=True,
        postgresql_where=sa.text("status = 'published'"),
        sqlite_where=sa.text("status = 'published'"),
    )
    op.create_table(
        "ticket_counter",
        sa.Column("day", sa.String(length=8), nullable=False, comment="yyyymmdd where the shop is"),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_counter")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_account", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("display_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=True),
        sa.Column(
            "customer_id",
            sa.String(length=32),
            nullable=True,
            comment="set only by a proof of the channel (signed user, bound account)",
        ),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint(
            "channel_account", "external_id", name=op.f("uq_contact_channel_account_external_id")
        ),
    )
    op.create_table(
        "order",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False, comment="as the shop writes it"),
        sa.Column("number_key", sa.String(length=64), nullable=False, comment="normalised"),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column(
            "business",
            sa.String(length=32),
            nullable=False,
            comment="beauty_food, appliances, fashion",
        ),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False, comment="delivered to, ISO 3166"),
        sa.Column("cross_border", sa.Boolean(), nullable=False),
        sa.Column("discount", sa.Integer(), nullable=False, comment="off all items together, ≥ 0"),
        sa.Column("shipping_fee", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Integer(), nullable=False, comment="sum of captured payments"),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("carrier", sa.String(length=64), server_default="", nullable=False),
        sa.Column("tracking_number", sa.String(length=64), server_default="", nullable=False),
        sa.Column("placed_at", UtcTime(), nullable=False),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column(
            "content_hash",
            sa.String(length=64),
            nullable=False,
            comment="a repeated import is seen",
        ),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_order_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order")),
        sa.UniqueConstraint("number_key", name=op.f("uq_order_number_key")),
    )
    op.create_index("ix_order_customer_placed", "order", ["customer_id", "placed_at"], unique=False)
    op.create_table(
        "session",
        sa.Column(
            "token_hash", sa.String(length=64), nullable=False, comment="SHA-256 of the token"
        ),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_table(
        "chat_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("channel_account", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_chat_session_contact_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_chat_session")),
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("channel_account", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False, comment="bot, human, closed"),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            Json,
            nullable=True,
            comment="the dialog's state, as bot.dialogs.state writes it",
        ),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False, comment="number of its latest message"),
        sa.Column("handoff_reason", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_conversation_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
    )
    op.create_index("ix_conversation_updated", "conversation", ["updated_at"], unique=False)
    op.create_index(
        "uq_conversation_open",
        "conversation",
        ["contact_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'closed'"),
        sqlite_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "delivery_event",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("place", sa.String(length=120), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["order.id"], name=op.f("fk_delivery_event_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
    )
    op.create_index(
        op.f("ix_delivery_event_order_id"), "delivery_event", ["order_id"], unique=False
    )
    op.create_table(
        "failed_verification",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column(
            "number_key", sa.String(length=64), nullable=False, comment="what he typed, normalised"
        ),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_failed_verification_contact_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_verification")),
    )
    op.create_index(
        "ix_failed_verification_contact", "failed_verification", ["contact_id"], unique=False
    )
    op.create_index(
        "ix_failed_verification_number", "failed_verification", ["number_key", "at"], unique=False
    )
    op.create_table(
        "order_grant",
        sa.Column("contact_id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("granted_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_order_grant_contact_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_grant_order_id")),
        sa.PrimaryKeyConstraint("contact_id", "order_id", name=op.f("pk_order_grant")),
    )
    op.create_table(
        "order_item",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, comment="its place in the order, from 1"),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("titles", Json, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Integer(), nullable=False, comment="before discount"),
        sa.Column("returnable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_item_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_item")),
        sa.UniqueConstraint("order_id", "line", name=op.f("uq_order_item_order_id_line")),
    )
    op.create_index(op.f("ix_order_item_order_id"), "order_item", ["order_id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False, comment="demo, stripe"),
        sa.Column("provider_ref", sa.String(length=128), nullable=False),
        sa.Column(
            "method",
            sa.String(length=32),
            nullable=False,
            comment="wechat_pay, alipay, card, paypal",
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("paid_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_payment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "provider", "provider_ref", name=op.f("uq_payment_provider_provider_ref")
        ),
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="names the file in the storage"
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_attachment_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(
        op.f("ix_attachment_conversation_id"), "attachment", ["conversation_id"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False, comment="1, 2, 3 … within the conversation"),
        sa.Column("channel_account", sa.String(length=64), nullable=False),
        sa.Column(
            "external_id",
            sa.String(length=200),
            nullable=True,
            comment="the vendor's id; ours for outgoing ones",
        ),
        sa.Column(
            "author", sa.String(length=16), nullable=False, comment="customer, bot, agent, system"
        ),
        sa.Column("author_name", sa.String(length=120), nullable=True),
        sa.Column(
            "body", Json, nullable=False, comment="inbound or outbound content, see bodies.py"
        ),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.Column(
            "provider_order", sa.BigInteger(), nullable=True, comment="the vendor's running number"
        ),
        sa.Column(
            "turn_state",
            sa.String(length=12),
            nullable=True,
            comment="inbound: waiting, done, failed, unanswered",
        ),
        sa.Column(
            "delivery",
            sa.String(length=12),
            nullable=True,
            comment="outbound: pending, sent, failed",
        ),
        sa.Column("delivery_detail", sa.String(length=300), nullable=True),
        sa.Column("understood", Json, nullable=True, comment="what it was taken for"),
        sa.Column(
            "answers",
            sa.String(length=32),
            nullable=True,
            comment="outbound: the message whose turn wrote it",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "channel_account", "external_id", name=op.f("uq_message_channel_account_external_id")
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq")),
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["conversation_id", "provider_order"],
        unique=False,
        postgresql_where=sa.text("turn_state = 'waiting'"),
        sqlite_where=sa.text("turn_state = 'waiting'"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False, comment="AS20260520-1286"),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("contact_id", sa.String(length=32), nullable=True),
        sa.Column("conversation_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True, comment="what it is about, if money"),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True, comment="when it reached its end"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_ticket_contact_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_ticket_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_ticket_customer_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_ticket_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(
        "ix_ticket_contact_created", "ticket", ["contact_id", "created_at"], unique=False
    )
    op.create_index(op.f("ix_ticket_conversation_id"), "ticket", ["conversation_id"], unique=False)
    op.create_index("ix_ticket_created", "ticket", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_customer_id"), "ticket", ["customer_id"], unique=False)
    op.create_index(op.f("ix_ticket_order_id"), "ticket", ["order_id"], unique=False)
    op.create_index("ix_ticket_state_created", "ticket", ["state", "created_at"], unique=False)
    op.create_table(
        "claimed_unit",
        sa.Column("order_item_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.Integer(), nullable=False, comment="0 … quantity − 1"),
        sa.Column("ticket_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_claimed_unit_order_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_claimed_unit_ticket_id")
        ),
        sa.PrimaryKeyConstraint("order_item_id", "unit", name=op.f("pk_claimed_unit")),
    )
    op.create_index(op.f("ix_claimed_unit_ticket_id"), "claimed_unit", ["ticket_id"], unique=False)
    op.create_table(
        "delivered_part",
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_delivered_part_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_delivered_part")),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ticket_id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column(
            "shipping", sa.Integer(), nullable=False, comment="outbound shipping within amount"
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("parts", Json, nullable=False, comment="[[kind, amount] …], their sum is amount"),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("return_required", sa.Boolean(), nullable=False),
        sa.Column("return_shipping_by", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("approvals_required", sa.Integer(), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False, comment="no rule decided: a person must"),
        sa.Column("requested_by_kind", sa.String(length=16), nullable=False),
        sa.Column("requested_by_id", sa.String(length=64), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="executions begun"),
        sa.Column("outcome_unknown", sa.Boolean(), nullable=False, comment="money may have moved"),
        sa.Column(
            "failure", sa.String(length=64), nullable=True, comment="the provider's or our code"
        ),
        sa.Column("failure_detail", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_refund_customer_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_refund_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_refund_ticket_id")),
    )
    op.create_index(
        "ix_refund_customer_requested", "refund", ["customer_id", "requested_at"], unique=False
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index("ix_refund_state_requested", "refund", ["state", "requested_at"], unique=False)
    op.create_table(
        "ticket_evidence",
        sa.Column("ticket_id", sa.String(length=32), nullable=False),
        sa.Column("attachment_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_ticket_evidence_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_evidence_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "attachment_id", name=op.f("pk_ticket_evidence")),
    )
    op.create_table(
        "ticket_item",
        sa.Column("ticket_id", sa.String(length=32), nullable=False),
        sa.Column("order_item_id", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "amount",
            sa.Integer(),
            nullable=True,
            comment="price less discount share of these units",
        ),
        sa.ForeignKeyConstraint(
            ["order_item_id"], ["order_item.id"], name=op.f("fk_ticket_item_order_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_item_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "order_item_id", name=op.f("pk_ticket_item")),
    )
    op.create_table(
        "refund_transfer",
        sa.Column("id", sa.String(length=40), nullable=False, comment="the idempotency key"),
        sa.Column("refund_id", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="pending, succeeded"),
        sa.Column("provider_ref", sa.String(length=128), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_refund_transfer_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_transfer_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_transfer")),
    )
    op.create_index(
        op.f("ix_refund_transfer_payment_id"), "refund_transfer", ["payment_id"], unique=False
    )
    op.create_index(
        op.f("ix_refund_transfer_refund_id"), "refund_transfer", ["refund_id"], unique=False
    )
    op.create_table(
        "refund_verdict",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("refund_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("account_name", sa.String(length=120), nullable=False),
        sa.Column(
            "role", sa.String(length=16), nullable=False, comment="when the verdict was given"
        ),
        sa.Column("verdict", sa.String(length=8), nullable=False, comment="approve, reject"),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refund.id"], name=op.f("fk_refund_verdict_refund_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_verdict")),
        sa.UniqueConstraint(
            "refund_id",
            "account_id",
            "verdict",
            name=op.f("uq_refund_verdict_refund_id_account_id_verdict"),
        ),
    )
    op.create_table(
        "refund_attempt",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("transfer_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="which execution, from 1"),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column(
            "outcome",
            sa.String(length=12),
            nullable=True,
            comment="succeeded, pending, unknown, refused",
        ),
        sa.Column("detail", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["refund_transfer.id"], name=op.f("fk_refund_attempt_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_attempt")),
    )
    op.create_index(
        op.f("ix_refund_attempt_transfer_id"), "refund_attempt", ["transfer_id"], unique=False
    )
    protect(op.get_bind())
