/** The shapes the desk reads, under the names the screens use. */

import type { Message } from "../../../widget/src/protocol/chat";

export type { Message };

export interface Account {
  id: string;
  email: string;
  name: string;
  role: string;
  locale: string;
}

export interface Money {
  /** Integer minor units of `currency`. */
  minor: number;
  currency: string;
  /** Already written for the reader's language. */
  text: string;
}

export interface Approval {
  account_name: string;
  verdict: string;
  reason: string;
  at: string;
}

export interface RefundRow {
  id: string;
  ticket_id: string;
  ticket_number: string;
  order_number: string;
  customer_name: string;
  customer_tier: string;
  amount: Money;
  status: string;
  reason: string;
  risk: string[];
  approvals_required: number;
  approvals: Approval[];
  requested_at: string;
  evidence_count: number;
  may_approve: boolean;
  why_not: string | null;
}

export interface AmountPart {
  kind: string;
  label: string;
  amount: Money;
}

export interface Decision {
  table: string;
  version: number;
  row: string | number;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

export interface Evidence {
  id: string;
  url: string;
  width: number;
  height: number;
}

export interface Attempt {
  at: string;
  outcome: string;
  detail: string;
}

export interface RefundDetail extends RefundRow {
  parts: AmountPart[];
  decision: Decision | null;
  provider_status: string | null;
  attempts: Attempt[];
  evidence: Evidence[];
}

export interface TicketRow {
  id: string;
  number: string;
  kind: string;
  status: string;
  state: string;
  order_number: string;
  customer_name: string;
  reason: string;
  created_at: string;
  amount: Money | null;
}

export interface TicketItem {
  title: string;
  quantity: number;
  amount: Money;
}

export interface HistoryEntry {
  at: string;
  actor: string;
  action: string;
  detail: string;
}

export interface TicketCustomer {
  name: string;
  tier: string;
  locale: string;
  email_masked: string | null;
  phone_masked: string | null;
}

export interface TicketDetail extends TicketRow {
  items: TicketItem[];
  messages: Message[];
  refund: RefundDetail | null;
  decisions: Decision[];
  history: HistoryEntry[];
  attachments: Evidence[];
  customer: TicketCustomer;
}

export interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
  total: number;
}
