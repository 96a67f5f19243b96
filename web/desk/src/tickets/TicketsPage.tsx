import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { TableColumnsType } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { TicketRow } from "../api/types";
import { word } from "../i18n";
import type { ListSearch } from "../shared/ListFilters";
import { ListPage } from "../shared/ListPage";
import { useMoney } from "../shared/money";
import { StatusTag } from "../shared/StatusTag";
import { useDateTime } from "../shared/time";
import "./tickets.css";

const STATUSES = ["open", "in_progress", "completed", "closed"];

export function TicketsPage() {
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
  const columns = useColumns();
  return (
    <ListPage<TicketRow>
      name="tickets"
      list={list}
      columns={columns}
      statuses={STATUSES}
      search={search}
      onChange={change}
    />
  );
}

function useColumns(): TableColumnsType<TicketRow> {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const money = useMoney();
  return [
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
}
