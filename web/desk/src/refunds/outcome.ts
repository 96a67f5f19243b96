import type { Verdict } from "../api/client";
import type { RefundDetail } from "../api/types";

/** What to tell a person who has just decided, as a translation key. */
export function outcomeKey(verdict: Verdict, decided: Pick<RefundDetail, "status">): string {
  if (verdict === "retry") return "refund.retried";
  if (verdict === "reject") return "refund.rejected";
  return decided.status === "awaiting_approval" ? "refund.firstApproved" : "refund.approved";
}
