import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Table, type TableColumnsType } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { ConversationRow } from "../api/types";
import { ListCount } from "../shared/ListCount";
import { ListFilters, type ListSearch } from "../shared/ListFilters";
import { MoreButton } from "../shared/MoreButton";
import { StatusTag } from "../shared/StatusTag";
import { Empty, LoadError, PageSkeleton } from "../shared/states";
import { useDateTime } from "../shared/time";
import * as queries from "./queries";
import "./conversations.css";

const STATUSES = ["human", "bot", "closed"];

export function ConversationsPage() {
  const { t } = useTranslation();
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
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const first = list.data?.pages[0];
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t("conversations.title")}</h1>
          {first && <ListCount page={first} name="conversations" />}
        </div>
        <ListFilters
          search={search}
          statuses={STATUSES}
          labels={{
            all: t("conversations.all"),
            status: t("conversations.status"),
            search: t("conversations.search"),
          }}
          onChange={change}
        />
      </div>
      {list.error && <LoadError error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <PageSkeleton />}
      {list.data && rows.length === 0 && (
        <Empty title={t("conversations.empty")}>{t("conversations.emptyDetail")}</Empty>
      )}
      {rows.length > 0 && <ConversationTable rows={rows} />}
      <MoreButton query={list} />
    </>
  );
}

function ConversationTable({ rows }: { rows: ConversationRow[] }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const columns: TableColumnsType<ConversationRow> = [
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
  return (
    <div className="table-box">
      <Table<ConversationRow>
        size="middle"
        aria-label={t("conversations.table")}
        rowKey="id"
        columns={columns}
        dataSource={rows}
        pagination={false}
        scroll={{ x: "max-content" }}
      />
    </div>
  );
}
