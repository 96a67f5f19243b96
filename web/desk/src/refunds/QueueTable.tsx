import { CameraOutlined } from "@ant-design/icons";
import { Table, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import type { RefundRow } from "../api/types";
import { word } from "../i18n";
import { useMoney } from "../shared/money";
import { RiskTags, StatusTag, TierTag } from "../shared/StatusTag";
import { elapsed, useNow } from "../shared/time";
import { ApprovalDots } from "./Approvals";

interface Props {
  rows: RefundRow[];
  /** Index of the row the keyboard is at. */
  current: number;
  open(row: RefundRow): void;
}

export function QueueTable({ rows, current, open }: Props) {
  const { t } = useTranslation();
  const now = useNow();
  const money = useMoney();
  const waiting = (at: string) => {
    const { key, count } = elapsed(at, now);
    return t(key, { count });
  };
  const columns: TableColumnsType<RefundRow> = [
    {
      title: t("refunds.waiting"),
      render: (_, row) =>
        row.status === "awaiting_approval" ? (
          <span className="mono">{waiting(row.requested_at)}</span>
        ) : (
          <StatusTag status={row.status} />
        ),
    },
    {
      title: t("refunds.ticket"),
      render: (_, row) => (
        <button
          type="button"
          className="row-link mono"
          aria-label={t("refunds.open", { number: row.ticket_number })}
          onClick={(event) => {
            event.stopPropagation();
            open(row);
          }}
        >
          {row.ticket_number}
        </button>
      ),
    },
    { title: t("refunds.order"), dataIndex: "order_number", className: "mono" },
    {
      title: t("refunds.customer"),
      render: (_, row) => (
        <span className="customer" dir="auto">
          {row.customer_name} <TierTag tier={row.customer_tier} />
        </span>
      ),
    },
    {
      title: t("refunds.amount"),
      align: "right",
      render: (_, row) => <strong className="mono">{money(row.amount)}</strong>,
    },
    { title: t("refunds.reason"), render: (_, row) => word("reason", row.reason) },
    {
      title: t("refunds.risk"),
      render: (_, row) => <RiskTags risk={row.risk} none={t("refunds.noRisk")} />,
    },
    { title: t("refunds.approvals"), render: (_, row) => <ApprovalDots refund={row} /> },
    {
      title: t("refunds.evidence"),
      render: (_, row) => <PhotoCount count={row.evidence_count} />,
    },
  ];
  return (
    <>
      <div className="table-box">
        <Table<RefundRow>
          size="middle"
          aria-label={t("refunds.table")}
          rowKey="id"
          columns={columns}
          dataSource={rows}
          pagination={false}
          scroll={{ x: "max-content" }}
          rowClassName={(_, index) => (index === current ? "queue-row current" : "queue-row")}
          onRow={(row) => ({ onClick: () => open(row) })}
        />
      </div>
      <p className="muted keys">{t("refunds.shortcuts")}</p>
    </>
  );
}

/** How many photos came with the request. */
function PhotoCount({ count }: { count: number }) {
  const { t } = useTranslation();
  if (count === 0) return <span className="muted">–</span>;
  return (
    <span className="mono">
      <CameraOutlined aria-label={t("refunds.photos", { count })} /> {count}
    </span>
  );
}
