import type { ChatApi, SessionRequest } from "../src/frame/api/http";
import type { Socket, Surroundings } from "../src/frame/live/connection";
import type { Draft, Message, MessagePage, Receipt, Session } from "../src/protocol/chat";

export function message(seq: number, change: Partial<Message> = {}): Message {
  return {
    id: `id-${seq}`,
    seq,
    from: "bot",
    author: null,
    at: "2026-05-20T08:00:00Z",
    text: `text ${seq}`,
    client_id: null,
    options: [],
    presentation: "buttons",
    multiple: false,
    wants_photo: false,
    attachments: [],
    ...change,
  };
}

/** A socket driven by hand; what the client wrote is in `sent`. */
export class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  closed = false;
  readonly sent: Record<string, unknown>[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.closed = true;
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  breaks(code = 1006): void {
    this.onclose?.({ code });
  }

  /** The server's side of a good start. */
  becomesReady(): void {
    this.onopen?.();
    this.receive({ type: "ready", last_seq: 0 });
  }

  get sends(): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame.type === "send");
  }
}

/** A server that keeps messages by number and remembers every send. */
export class FakeApi implements ChatApi {
  stored: Message[] = [];
  posted: { clientId: string; draft: Draft }[] = [];
  asked: number[] = [];
  sessions: SessionRequest[] = [];
  /** What the next calls throw, until it is cleared. */
  failure: Error | null = null;

  async openSession(request: SessionRequest): Promise<Session> {
    this.sessions.push(request);
    if (this.failure) throw this.failure;
    return {
      token: request.token ?? `token-${this.sessions.length}`,
      conversation_id: "c",
      last_seq: this.stored.at(-1)?.seq ?? 0,
      locale: request.locale,
      customer: null,
      shop: { name: "Shop" },
      limits: { max_text: 5000, max_upload_bytes: 1000, max_attachments: 3 },
    };
  }

  async after(_token: string, seq: number): Promise<MessagePage> {
    this.asked.push(seq);
    if (this.failure) throw this.failure;
    return {
      messages: this.stored.filter((stored) => stored.seq > seq),
      last_seq: this.stored.at(-1)?.seq ?? 0,
    };
  }

  async before(_token: string, seq: number, limit: number): Promise<MessagePage> {
    const messages = this.stored.filter((stored) => stored.seq < seq).slice(-limit);
    return { messages, last_seq: this.stored.at(-1)?.seq ?? 0 };
  }

  async send(_token: string, clientId: string, draft: Draft): Promise<Receipt> {
    if (this.failure) throw this.failure;
    this.posted.push({ clientId, draft });
    return { id: "x", seq: 1, duplicate: false };
  }

  async attachment(): Promise<Blob> {
    return new Blob();
  }
}

export class FakeWorld implements Surroundings {
  readonly api = new FakeApi();
  readonly sockets: FakeSocket[] = [];
  online = true;

  openSocket(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  /** The socket in use: the newest. */
  get socket(): FakeSocket {
    const newest = this.sockets.at(-1);
    if (!newest) throw new Error("no socket was opened");
    return newest;
  }

  isOnline(): boolean {
    return this.online;
  }

  random(): number {
    return 1;
  }
}
