import { useInfiniteQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { RefundRow } from "../api/types";
import { word } from "../i18n";
import { MoreButton } from "../shared/MoreButton";
import { useSingleKeys } from "../shared/shortcuts";
import { Empty, LoadError, PageSkeleton } from "../shared/states";
import { QueueTable } from "./QueueTable";
import "./refunds.css";

const WAITING = "awaiting_approval";
const STATES = [WAITING, "failed", "approved", "executing", "succeeded", "rejected", "withdrawn"];

export function QueuePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { status = WAITING } = useSearch({ from: "/signed-in/refunds" });
  const { refundId } = useParams({ strict: false });
  const list = useInfiniteQuery(queries.refunds(status));
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const total = list.data?.pages.at(-1)?.total ?? 0;
  // By id: the row that "Enter" opens must stay the same one when new ones come in above it.
  const [chosen, choose] = useState<string>();
  const current = Math.max(
    0,
    rows.findIndex((row) => row.id === chosen),
  );
  const open = (row: RefundRow | undefined) => {
    if (!row) return;
    void navigate({
      to: "/refunds/$refundId",
      params: { refundId: row.id },
      search: status === WAITING ? {} : { status },
    });
  };
  const last = Math.max(0, rows.length - 1);
  useSingleKeys(
    refundId
      ? {}
      : {
          j: () => choose(rows[Math.min(last, current + 1)]?.id),
          k: () => choose(rows[Math.max(0, current - 1)]?.id),
          Enter: () => open(rows[current]),
        },
  );

  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t("refunds.title")}</h1>
          {list.data && status === WAITING && (
            <p className="muted">{t("refunds.lead", { count: total })}</p>
          )}
        </div>
        <Select
          aria-label={t("refunds.filter")}
          value={status}
          className="state-filter"
          options={STATES.map((value) => ({ value, label: word("status", value) }))}
          onChange={(value) =>
            void navigate({ to: "/refunds", search: value === WAITING ? {} : { status: value } })
          }
        />
      </div>
      {list.error && <LoadError error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <PageSkeleton />}
      {list.data && rows.length === 0 && (
        <Empty title={t(status === WAITING ? "refunds.empty" : "refunds.emptyOther")}>
          {status === WAITING && t("refunds.emptyDetail")}
        </Empty>
      )}
      {rows.length > 0 && <QueueTable rows={rows} current={current} open={open} />}
      <MoreButton query={list} />
      <Outlet />
    </>
  );
}
