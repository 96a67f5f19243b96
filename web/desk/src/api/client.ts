import type { Account, Page, RefundDetail, RefundRow, TicketDetail, TicketRow } from "./types";

/** A refusal by the server; `message` is its `detail`, written to be shown. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {}

const BASE = "/api/v1";

async function request<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  // The header is what a form on a foreign page cannot send along with our cookie.
  const headers: Record<string, string> = { "X-Aftercare-CSRF": "1" };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(BASE + path, init);
  } catch {
    throw new Unreachable();
  }
  if (response.status >= 502 && response.status <= 504) throw new Unreachable();
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new ApiError(response.status, problem.detail ?? problem.title ?? "");
  }
  return response.status === 204 ? (undefined as T) : response.json();
}

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => !!pair[1]);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const segment = encodeURIComponent;

export const login = (email: string, password: string) =>
  request<{ account: Account }>("POST", "/auth/login", { email, password });

export const logout = () => request<void>("POST", "/auth/logout");

export const me = () => request<{ account: Account }>("GET", "/auth/me");

export const listRefunds = (status: string, cursor?: string) =>
  request<Page<RefundRow>>("GET", `/refunds${query({ status, cursor, limit: "50" })}`);

export const getRefund = (id: string) => request<RefundDetail>("GET", `/refunds/${segment(id)}`);

export type Verdict = "approve" | "reject";

export const decide = (id: string, verdict: Verdict, reason: string) =>
  request<RefundDetail>("POST", `/refunds/${segment(id)}/${verdict}`, { reason });

export const listTickets = (search: { status?: string; q?: string; cursor?: string }) =>
  request<Page<TicketRow>>("GET", `/tickets${query({ ...search, limit: "50" })}`);

export const getTicket = (number: string) =>
  request<TicketDetail>("GET", `/tickets/${segment(number)}`);
