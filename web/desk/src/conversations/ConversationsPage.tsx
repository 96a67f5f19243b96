import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { TableColumnsType } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationRow } from "../api/types";
import type { ListSearch } from "../shared/ListFilters";
import { ListPage } from "../shared/ListPage";
import { StatusTag } from "../shared/StatusTag";
import { useDateTime } from "../shared/time";
import * as queries from "./queries";
import "./conversations.css";

const STATUSES = ["human", "bot", "closed"];

export function ConversationsPage() {
  const search = useSearch({ from: "/signed-in/conversations" });
  const navigate = useNavigate();
  const change = useCallback(
    (search: ListSearch, replace: boolean) =>
      void navigate({ to: "/conversations", search, replace }),
    [navigate],
  );
  const list = useInfiniteQuery({
    ...queries.conversations(search),
    placeholderData: keepPreviousData,
  });
  const columns = useColumns();
  return (
    <ListPage<ConversationRow>
      name="conversations"
      list={list}
      columns={columns}
      statuses={STATUSES}
      search={search}
      onChange={change}
    />
  );
}

function useColumns(): TableColumnsType<ConversationRow> {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  return [
    {
      title: t("conversations.customer"),
      render: (_, row) => (
        <Link to="/conversations/$id" params={{ id: row.id }} dir="auto">
          {row.customer_name || t("conversations.unnamed")}
        </Link>
      ),
    },
    { title: t("conversations.status"), render: (_, row) => <StatusTag status={row.status} /> },
    {
      title: t("conversations.latest"),
      render: (_, row) => (
        <p className="latest">
          {row.last_text && row.last_author && (
            <span className="muted">{t(`ticket.from.${row.last_author}`)}: </span>
          )}
          <span dir="auto">{row.last_text || "–"}</span>
        </p>
      ),
    },
    {
      title: t("conversations.messages"),
      align: "right",
      render: (_, row) => <span className="mono">{row.message_count}</span>,
    },
    {
      title: t("conversations.channel"),
      render: (_, row) => <span className="mono">{row.channel_account}</span>,
    },
    {
      title: t("conversations.updated"),
      render: (_, row) => <span className="mono">{dateTime(row.updated_at)}</span>,
    },
  ];
}
