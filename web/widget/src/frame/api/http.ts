import type { Draft, Identity, MessagePage, Problem, Receipt, Session } from "../../protocol/chat";

/** A refusal by the server; `message` is its `detail`, fit to be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The server could not be reached; trying again later may help. */
export class NetworkError extends Error {}

/** The server has too much to do just now and said when to come again. Nothing was stored. */
export class BusyError extends NetworkError {
  constructor(readonly retryAfterSeconds: number) {
    super();
  }
}

export interface SessionRequest {
  channel: string;
  locale: string;
  token: string | null;
  identity: Identity | null;
}

/** What the connection needs of HTTP; tests bring their own. */
export interface ChatApi {
  openSession(request: SessionRequest): Promise<Session>;
  after(token: string, seq: number): Promise<MessagePage>;
  before(token: string, seq: number, limit: number): Promise<MessagePage>;
  send(token: string, clientId: string, draft: Draft): Promise<Receipt>;
  attachment(token: string, url: string): Promise<Blob>;
}

const BASE = "/api/chat/v1";
const PAGE = 200;

async function problemOf(response: Response): Promise<ApiError> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  return new ApiError(response.status, problem.detail ?? problem.title ?? "");
}

async function call(path: string, token: string | null, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  const init: RequestInit = { headers, credentials: "omit" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.method = "POST";
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new NetworkError();
  }
  // A restarting server or its proxy answers 502–504: that is the network's matter, not a refusal.
  const retryAfter = Number(response.headers.get("Retry-After"));
  if (response.status === 503 && retryAfter > 0) throw new BusyError(retryAfter);
  if (response.status >= 502 && response.status <= 504) throw new NetworkError();
  if (!response.ok) throw await problemOf(response);
  return response;
}

const json = async <T>(response: Promise<Response>): Promise<T> => (await response).json();

export const httpApi: ChatApi = {
  openSession: (request) => json(call(`${BASE}/sessions`, null, request)),
  after: (token, seq) => json(call(`${BASE}/messages?after=${seq}&limit=${PAGE}`, token)),
  before: (token, seq, limit) => json(call(`${BASE}/messages?before=${seq}&limit=${limit}`, token)),
  send: (token, clientId, draft) =>
    json(call(`${BASE}/messages`, token, { client_id: clientId, ...draft })),
  attachment: async (token, url) => (await call(url, token)).blob(),
};

export const UPLOAD_URL = `${BASE}/attachments`;

/** ws: or wss: address beside this page; the token travels in the first message instead. */
export function socketUrl(): string {
  return `${location.origin.replace(/^http/, "ws")}${BASE}/ws`;
}
