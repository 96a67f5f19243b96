import type { RefundDetail } from "../api/types";

/** What to tell a person who has just decided, as a translation key. */
export function outcomeKey(decided: RefundDetail): string {
  if (decided.status === "rejected") return "refund.rejected";
  return decided.status === "awaiting_approval" ? "refund.firstApproved" : "refund.approved";
}
