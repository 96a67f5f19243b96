import { useTranslation } from "react-i18next";
import type { RefundRow } from "../api/types";
import { word } from "../i18n";
import { useDateTime } from "../shared/time";

const approvedBy = (refund: RefundRow): number =>
  refund.approvals.filter((approval) => approval.verdict.startsWith("approve")).length;

/** One dot a person needed, filled for each who has approved: ●○ 1/2. */
export function ApprovalDots({ refund }: { refund: RefundRow }) {
  const { t } = useTranslation();
  const given = approvedBy(refund);
  const needed = Math.max(refund.approvals_required, given);
  return (
    <span className="dots" role="img" aria-label={t("refunds.approvalsOf", { given, needed })}>
      {Array.from({ length: needed }, (_, index) => index).map((index) => (
        <i key={index} className={index < given ? "given" : undefined} />
      ))}
      <span className="mono">
        {given}/{needed}
      </span>
    </span>
  );
}

/** Who decided what and why; what is said here stays for good. */
export function ApprovalList({ refund }: { refund: RefundRow }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  if (refund.approvals.length === 0) return <p className="muted">{t("refund.noApprovals")}</p>;
  return (
    <ul className="approvals">
      {refund.approvals.map((approval) => (
        <li key={approval.at}>
          <strong>{approval.account_name}</strong> {word("refund.verdict", approval.verdict)}
          <time className="muted" dateTime={approval.at}>
            {dateTime(approval.at)}
          </time>
          <p dir="auto">{approval.reason}</p>
        </li>
      ))}
    </ul>
  );
}
