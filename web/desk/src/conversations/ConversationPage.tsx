import { ArrowLeftOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { word } from "../i18n";
import { StatusTag } from "../shared/StatusTag";
import { LoadError, PageSkeleton } from "../shared/states";
import { useDateTime } from "../shared/time";
import { Transcript } from "../tickets/Transcript";
import { Company } from "./Company";
import * as queries from "./queries";
import "../refunds/refunds.css";
import "../tickets/tickets.css";
import "./conversations.css";

export function ConversationPage() {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const { id } = useParams({ from: "/signed-in/conversations/$id" });
  const reading = useInfiniteQuery(queries.conversation(id));
  const latest = reading.data?.pages[0];
  // The pages lead back in time; within each the oldest message comes first.
  const messages = (reading.data?.pages ?? []).toReversed().flatMap((page) => page.messages);
  return (
    <>
      <Link to="/conversations" className="back">
        <ArrowLeftOutlined /> {t("conversations.back")}
      </Link>
      {reading.error && <LoadError error={reading.error} retry={() => void reading.refetch()} />}
      {reading.isPending && <PageSkeleton />}
      {latest && (
        <>
          <div className="page-head">
            <div>
              <h1 dir="auto">{latest.customer_name || t("conversations.unnamed")}</h1>
              <p className="ticket-line">
                <StatusTag status={latest.status} /> <span>{latest.channel_account}</span> ·{" "}
                {t("conversations.started", { time: dateTime(latest.created_at) })}
                {latest.handoff_reason && (
                  <>
                    {" · "}
                    {t("conversations.handoff", { reason: word("handoff", latest.handoff_reason) })}
                  </>
                )}
              </p>
              <Company conversationId={id} />
            </div>
          </div>
          <section className="card conversation">
            <p className="muted">{t("conversations.readOnly")}</p>
            {reading.hasNextPage && (
              <Button
                loading={reading.isFetchingNextPage}
                onClick={() => void reading.fetchNextPage()}
              >
                {t("conversations.earlier")}
              </Button>
            )}
            <Transcript
              conversationId={id}
              messages={messages}
              none={t("conversations.noMessages")}
            />
          </section>
        </>
      )}
    </>
  );
}
