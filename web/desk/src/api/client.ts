import i18next from "i18next";
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";
import type { ConversationDetail, Message, TicketDetail } from "./types";

/** A refusal by the server. `code` names it for translation, `message` is the server's detail. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {}

const GATEWAY_ERRORS = new Set([502, 503, 504]);

const conventions: Middleware = {
  onRequest: ({ request }) => {
    // The header is what a form on a foreign page cannot send along with our cookie.
    request.headers.set("X-Aftercare-CSRF", "1");
    request.headers.set("Accept-Language", i18next.language);
    return request;
  },
  onError: () => new Unreachable(),
};

const client = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
client.use(conventions);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data, or the refusal as an exception, as queries and mutations want it. */
async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  if (GATEWAY_ERRORS.has(response.status)) throw new Unreachable();
  const problem = (error ?? {}) as { type?: string; title?: string; detail?: string };
  const code = /^urn:aftercare:(\w+)$/.exec(problem.type ?? "")?.[1] ?? "";
  throw new ApiError(response.status, code, problem.detail || problem.title || "");
}

const PAGE = 50;

export const login = (email: string, password: string) =>
  unwrap(client.POST("/api/v1/auth/login", { body: { email, password } }));

export const logout = () => unwrap(client.POST("/api/v1/auth/logout"));

export const me = () => unwrap(client.GET("/api/v1/auth/me"));

export const listRefunds = (status: string, cursor?: string, limit = PAGE) =>
  unwrap(
    client.GET("/api/v1/refunds", {
      params: { query: { status, limit, ...(cursor && { cursor }) } },
    }),
  );

export const getRefund = (refund_id: string) =>
  unwrap(client.GET("/api/v1/refunds/{refund_id}", { params: { path: { refund_id } } }));

export type Verdict = "approve" | "reject" | "retry";

/** Decides on a refund. `note` is told to the customer with a rejection. */
export const decide = (refund_id: string, verdict: Verdict, reason: string, note: string) =>
  unwrap(
    client.POST(`/api/v1/refunds/{refund_id}/${verdict}`, {
      params: { path: { refund_id } },
      body: { reason, note },
    }),
  );

export const listTickets = (search: { status?: string; q?: string }, cursor?: string) =>
  unwrap(
    client.GET("/api/v1/tickets", {
      params: { query: { ...search, limit: PAGE, ...(cursor && { cursor }) } },
    }),
  );

export async function getTicket(id_or_number: string): Promise<TicketDetail> {
  const path = { id_or_number };
  const ticket = await unwrap(client.GET("/api/v1/tickets/{id_or_number}", { params: { path } }));
  return { ...ticket, messages: ticket.messages as unknown as Message[] };
}

/** Shows a photo that is hidden, to everybody of the shop. */
export const openPhoto = (attachment_id: string) =>
  unwrap(
    client.POST("/api/v1/attachments/{attachment_id}/open", {
      params: { path: { attachment_id } },
    }),
  );

export const listChannels = () => unwrap(client.GET("/api/v1/channels"));

/** Asks the vendor how the account does. */
export const checkChannel = (account_id: string) =>
  unwrap(client.POST("/api/v1/channels/{account_id}/check", { params: { path: { account_id } } }));

export const getSystem = () => unwrap(client.GET("/api/v1/system"));

export const listDeadLetters = () => unwrap(client.GET("/api/v1/system/dead-letters"));

export const replayDeadLetter = (job_id: number) =>
  unwrap(
    client.POST("/api/v1/system/dead-letters/{job_id}/replay", { params: { path: { job_id } } }),
  );

export const listConversations = (search: { status?: string; q?: string }, cursor?: string) =>
  unwrap(
    client.GET("/api/v1/conversations", {
      params: { query: { ...search, limit: PAGE, ...(cursor && { cursor }) } },
    }),
  );

/** A conversation with the messages just before number `before`; without it, the latest. */
export async function getConversation(
  conversation_id: string,
  before?: number,
): Promise<ConversationDetail> {
  const params = { path: { conversation_id }, query: before ? { before } : {} };
  const read = await unwrap(client.GET("/api/v1/conversations/{conversation_id}", { params }));
  return { ...read, messages: read.messages as unknown as Message[] };
}

/** Tells the others that this person has a conversation before them. */
export const lookAt = (conversation: string) =>
  unwrap(client.PUT("/api/v1/presence", { params: { query: { conversation } } }));

/** Who is here, and who types and looks at a conversation. */
export const getPresence = (conversation: string) =>
  unwrap(client.GET("/api/v1/presence", { params: { query: { conversation: [conversation] } } }));

/** Whether the customer can be written to now, and why messages wait or failed. */
export const getReplyWindow = (conversation_id: string) =>
  unwrap(
    client.GET("/api/v1/conversations/{conversation_id}/reply-window", {
      params: { path: { conversation_id } },
    }),
  );

/** Sends what waits for the customer to write again. */
export const sendHeld = (conversation_id: string) =>
  unwrap(
    client.POST("/api/v1/conversations/{conversation_id}/held/send", {
      params: { path: { conversation_id } },
    }),
  );
