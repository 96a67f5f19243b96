import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Table, type TableColumnsType } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { TicketRow } from "../api/types";
import { word } from "../i18n";
import { ListCount } from "../shared/ListCount";
import { ListFilters, type ListSearch } from "../shared/ListFilters";
import { MoreButton } from "../shared/MoreButton";
import { useMoney } from "../shared/money";
import { StatusTag } from "../shared/StatusTag";
import { Empty, LoadError, PageSkeleton } from "../shared/states";
import { useDateTime } from "../shared/time";
import "./tickets.css";

const STATUSES = ["open", "in_progress", "completed", "closed"];
export function TicketsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/signed-in/tickets" });
  const navigate = useNavigate();
  const change = useCallback(
    (search: ListSearch, replace: boolean) => void navigate({ to: "/tickets", search, replace }),
    [navigate],
  );
  const list = useInfiniteQuery({
    ...queries.tickets(search),
    placeholderData: keepPreviousData,
  });
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const first = list.data?.pages[0];
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t("tickets.title")}</h1>
          {first && <ListCount page={first} name="tickets" />}
        </div>
        <ListFilters
          search={search}
          statuses={STATUSES}
          labels={{
            all: t("tickets.all"),
            status: t("tickets.status"),
            search: t("tickets.search"),
          }}
          onChange={change}
        />
      </div>
      {list.error && <LoadError error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <PageSkeleton />}
      {list.data && rows.length === 0 && (
        <Empty title={t("tickets.empty")}>{t("tickets.emptyDetail")}</Empty>
      )}
      {rows.length > 0 && <TicketTable rows={rows} />}
      <MoreButton query={list} />
    </>
  );
}

function TicketTable({ rows }: { rows: TicketRow[] }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const money = useMoney();
  const columns: TableColumnsType<TicketRow> = [
    {
      title: t("tickets.number"),
      render: (_, row) => (
        <Link to="/tickets/$number" params={{ number: row.number }} className="mono">
          {row.number}
        </Link>
      ),
    },
    { title: t("tickets.status"), render: (_, row) => <StatusTag status={row.status} /> },
    { title: t("tickets.kind"), render: (_, row) => word("kind", row.kind) },
    { title: t("tickets.order"), dataIndex: "order_number", className: "mono" },
    {
      title: t("tickets.customer"),
      render: (_, row) => <span dir="auto">{row.customer_name}</span>,
    },
    { title: t("tickets.reason"), render: (_, row) => word("reason", row.reason) },
    {
      title: t("tickets.amount"),
      align: "right",
      render: (_, row) => <span className="mono">{row.amount ? money(row.amount) : "–"}</span>,
    },
    {
      title: t("tickets.created"),
      render: (_, row) => <span className="mono">{dateTime(row.created_at)}</span>,
    },
  ];
  return (
    <div className="table-box">
      <Table<TicketRow>
        size="middle"
        aria-label={t("tickets.table")}
        rowKey="id"
        columns={columns}
        dataSource={rows}
        pagination={false}
        scroll={{ x: "max-content" }}
      />
    </div>
  );
}
