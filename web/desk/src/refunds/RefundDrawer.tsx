import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { RefundDetail } from "../api/types";
import { word } from "../i18n";
import { RiskTags, StatusTag, TierTag } from "../shared/StatusTag";
import { LoadError, PageSkeleton } from "../shared/states";
import { AmountParts, Payment } from "./AmountParts";
import { ApprovalList } from "./Approvals";
import { DecisionCard } from "./DecisionCard";
import { EvidencePhotos } from "./EvidencePhotos";
import { ItemList } from "./ItemList";
import { VerdictForm } from "./VerdictForm";

/** One refund over the queue, with an address of its own. */
export function RefundDrawer() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { refundId } = useParams({ from: "/signed-in/refunds/$refundId" });
  const search = useSearch({ from: "/signed-in/refunds" });
  const { data, error, isPending, refetch } = useQuery(queries.refund(refundId));
  return (
    <Drawer
      open
      size={560}
      title={data ? t("refund.title", { number: data.ticket_number }) : t("refunds.title")}
      onClose={() => void navigate({ to: "/refunds", search })}
      footer={data && <VerdictForm key={data.id} refund={data} />}
      className="refund-drawer"
    >
      {error && <LoadError error={error} retry={() => void refetch()} />}
      {isPending && <PageSkeleton />}
      {data && <Detail refund={data} />}
    </Drawer>
  );
}

function Detail({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <section className="section summary">
        <p>
          <StatusTag status={refund.status} />{" "}
          <Link to="/tickets/$number" params={{ number: refund.ticket_number }}>
            {t("refund.toTicket")}
          </Link>
        </p>
        <p dir="auto">
          <strong>{refund.customer_name}</strong> <TierTag tier={refund.customer_tier} />
        </p>
        <p className="muted">
          {t("ticket.order", { number: refund.order_number })} · {word("reason", refund.reason)}
        </p>
        <RiskTags risk={refund.risk} none="" />
        <ItemList items={refund.items} />
        {refund.comment && (
          <blockquote className="comment" dir="auto">
            {refund.comment}
          </blockquote>
        )}
      </section>
      <section className="section">
        <h2>{t("refund.evidence")}</h2>
        <EvidencePhotos photos={refund.evidence} />
      </section>
      <section className="section">
        <h2>{t("refund.amount")}</h2>
        <AmountParts refund={refund} />
      </section>
      <section className="section">
        <h2>{t("refund.decision")}</h2>
        {refund.approvals_required > 1 && <p className="note">{t("refund.twoPersons")}</p>}
        {refund.decision ? (
          <DecisionCard decision={refund.decision} />
        ) : (
          <p className="muted">{t("refund.noDecision")}</p>
        )}
      </section>
      <section className="section">
        <h2>{t("refund.approvals")}</h2>
        <ApprovalList refund={refund} />
      </section>
      <Payment refund={refund} />
    </>
  );
}
