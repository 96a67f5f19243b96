import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { TicketDetail } from "../api/types";
import { word } from "../i18n";
import { DecisionCard } from "../refunds/DecisionCard";
import { EvidencePhotos } from "../refunds/EvidencePhotos";
import { StatusTag } from "../shared/StatusTag";
import { LoadError, PageSkeleton } from "../shared/states";
import { CustomerCard, ItemsCard, RefundCard } from "./cards";
import { History } from "./History";
import { Transcript } from "./Transcript";
import "../refunds/refunds.css";
import "./tickets.css";

export function TicketPage() {
  const { t } = useTranslation();
  const { number } = useParams({ from: "/signed-in/tickets/$number" });
  const { data, error, isPending, refetch } = useQuery(queries.ticket(number));
  return (
    <>
      <Link to="/tickets" className="back">
        <ArrowLeftOutlined /> {t("ticket.back")}
      </Link>
      {error && <LoadError error={error} retry={() => void refetch()} />}
      {isPending && <PageSkeleton />}
      {data && <Ticket ticket={data} />}
    </>
  );
}

function Ticket({ ticket }: { ticket: TicketDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="page-head">
        <div>
          <h1 className="mono">{ticket.number}</h1>
          <p className="ticket-line">
            <StatusTag status={ticket.status} /> {word("kind", ticket.kind)} ·{" "}
            {t("ticket.order", { number: ticket.order_number })} · {word("reason", ticket.reason)}
          </p>
        </div>
      </div>
      <div className="ticket-grid">
        <section className="card">
          <h2>{t("ticket.conversation")}</h2>
          <Transcript conversationId={ticket.conversation_id ?? ""} messages={ticket.messages} />
        </section>
        <div className="ticket-side">
          <CustomerCard customer={ticket.customer} />
          <RefundCard refund={ticket.refund} />
          <ItemsCard items={ticket.items} />
          {ticket.attachments.length > 0 && (
            <section className="card">
              <h2>{t("ticket.evidence")}</h2>
              <EvidencePhotos photos={ticket.attachments} />
            </section>
          )}
          {ticket.decisions.length > 0 && (
            <section className="card decisions">
              <h2>{t("ticket.decisions")}</h2>
              {ticket.decisions.map((decision) => (
                <DecisionCard
                  key={`${decision.table}-${decision.version}`}
                  decision={decision}
                  folded
                />
              ))}
            </section>
          )}
          <section className="card">
            <h2>{t("ticket.history")}</h2>
            <History entries={ticket.history} />
          </section>
        </div>
      </div>
    </>
  );
}
