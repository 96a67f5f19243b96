import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import * as queries from "../api/queries";
import type { RefundDetail } from "../api/types";
import { DecideForm } from "./DecideForm";

const MAY_RETRY = new Set(["supervisor", "manager", "admin"]);

/** Approve, reject or pay again, with a reason; or why this is not for the reader to decide. */
export function VerdictForm({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  const { data: account } = useQuery(queries.account);
  if (refund.status === "failed") {
    const mayRetry = MAY_RETRY.has(account?.role ?? "");
    return (
      <div className="verdict">
        <Alert type="error" showIcon title={t("refund.failed")} description={failure(refund)} />
        {mayRetry && <DecideForm refund={refund} yes="retry" mayReject={!refund.outcome_unknown} />}
      </div>
    );
  }
  if (refund.status !== "awaiting_approval") return null;
  const [first] = refund.approvals;
  const whyNot = refund.why_not ?? "";
  return (
    <div className="verdict">
      {!refund.may_approve && (
        <Alert
          type="warning"
          showIcon
          title={t("refund.notYou")}
          description={t(`problem.${whyNot}`, { defaultValue: whyNot })}
        />
      )}
      {refund.may_approve && first && (
        <Alert
          type="info"
          showIcon
          title={t("refund.secondNeeded", { name: first.account_name })}
        />
      )}
      {refund.may_approve && <DecideForm refund={refund} yes="approve" mayReject />}
    </div>
  );
}

const failure = (refund: RefundDetail): string =>
  [refund.failure, refund.attempts.at(-1)?.detail].filter(Boolean).join(": ");
