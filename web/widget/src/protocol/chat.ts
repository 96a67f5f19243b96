/** The shapes of the web chat API, version 1 (docs/chat-api.md). */

export interface Identity {
  customer_id: string;
  /** Unix seconds at which the shop's server signed. */
  issued_at: number;
  /** Lower-case hex HMAC-SHA256. */
  signature: string;
}

export interface Session {
  token: string;
  conversation_id: string;
  last_seq: number;
  locale: string;
  customer: { name: string } | null;
  shop: { name: string };
  limits: { max_text: number; max_upload_bytes: number; max_attachments: number };
}

export interface Option {
  value: string;
  label: string;
  detail: string;
  image: string | null;
}

export interface Attachment {
  id: string;
  kind: string;
  media_type: string | null;
  width: number | null;
  height: number | null;
  url: string;
  /** Why the content was refused, if it was. */
  rejected: string | null;
}

export type Presentation = "buttons" | "orders" | "items" | "reasons" | "score";

export interface Message {
  id: string;
  /** 1, 2, 3 … within the conversation, without gaps. */
  seq: number;
  from: "customer" | "bot" | "agent" | "system";
  author: string | null;
  /** ISO 8601, UTC. */
  at: string;
  text: string;
  client_id: string | null;
  options: Option[];
  presentation: Presentation;
  multiple: boolean;
  wants_photo: boolean;
  attachments: Attachment[];
}

export interface MessagePage {
  messages: Message[];
  last_seq: number;
}

/** What a customer sends: free text, pressed options, or photos with a caption. */
export type Draft =
  | { text: string }
  | { choice: string; label: string }
  | { attachments: string[]; text: string };

export interface Receipt {
  id: string;
  seq: number;
  duplicate: boolean;
}

/** `application/problem+json`; `detail` is already in the session's language. */
export interface Problem {
  title: string;
  status: number;
  detail?: string;
}

export type ServerFrame =
  | { type: "ready"; last_seq: number }
  | { type: "message"; message: Message }
  | { type: "typing"; from: string }
  | ({ type: "ack"; client_id: string } & Receipt)
  /** `retry_after` in seconds: with status 503 the same message is welcome again after it. */
  | { type: "error"; client_id?: string; problem: Problem; retry_after?: number | null }
  | { type: "pong" };

export type ClientFrame =
  | { type: "hello"; token: string; after: number }
  | ({ type: "send"; client_id: string } & Draft)
  | { type: "typing" }
  | { type: "ping" };

export const CLOSE_UNKNOWN_TOKEN = 4401;
