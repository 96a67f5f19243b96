import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { RefundDetail, TicketCustomer, TicketItem } from "../api/types";
import { AmountParts } from "../refunds/AmountParts";
import { ApprovalDots, ApprovalList } from "../refunds/Approvals";
import { ItemList } from "../refunds/ItemList";
import { RiskTags, StatusTag, TierTag } from "../shared/StatusTag";

export function CustomerCard({ customer }: { customer: TicketCustomer }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("ticket.customer")}</h2>
      <p className="customer-name" dir="auto">
        {customer.name} <TierTag tier={customer.tier} />
        {customer.blacklisted && <RiskTags risk={["blacklisted"]} none="" />}
      </p>
      <dl className="facts">
        <div>
          <dt>{t("ticket.locale")}</dt>
          <dd>{customer.locale ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("ticket.email")}</dt>
          <dd>{customer.email_masked ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("ticket.phone")}</dt>
          <dd>{customer.phone_masked ?? "–"}</dd>
        </div>
      </dl>
    </section>
  );
}

export function RefundCard({ refund }: { refund: RefundDetail | null }) {
  const { t } = useTranslation();
  return (
    <section className="card">
      <h2>{t("ticket.refund")}</h2>
      {!refund && <p className="muted">{t("ticket.noRefund")}</p>}
      {refund && (
        <div className="refund-card">
          <p className="refund-line">
            <StatusTag status={refund.status} />
            {refund.approvals_required > 0 && <ApprovalDots refund={refund} />}
            {refund.status === "awaiting_approval" && (
              <Link to="/refunds/$refundId" params={{ refundId: refund.id }}>
                {t("ticket.decide")}
              </Link>
            )}
          </p>
          <RiskTags risk={refund.risk} none="" />
          <AmountParts refund={refund} />
          {refund.approvals.length > 0 && <ApprovalList refund={refund} />}
        </div>
      )}
    </section>
  );
}

export function ItemsCard({ items }: { items: TicketItem[] }) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("ticket.items")}</h2>
      <ItemList items={items} />
    </section>
  );
}
