import {
  CLOSE_UNKNOWN_TOKEN,
  type ClientFrame,
  type Message,
  type ServerFrame,
} from "../../protocol/chat";
import { ApiError, BusyError, type ChatApi } from "../api/http";
import { Backoff } from "./backoff";
import type { Outbox, Pending } from "./outbox";
import type { Timeline } from "./timeline";
import { Timers } from "./timers";

export type Status = "connecting" | "live" | "polling" | "reconnecting" | "offline";

/** The part of WebSocket used here, so that tests can drive it by hand. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(): void;
}

export interface Surroundings {
  api: ChatApi;
  openSocket(): Socket;
  isOnline(): boolean;
  random(): number;
}

export interface Events {
  status(status: Status): void;
  messages(added: readonly Message[]): void;
  typing(): void;
  /** The outbox changed: something was stored or refused. */
  outbox(): void;
  tokenUnknown(): void;
}

const READY_WITHIN_MS = 8_000;
const ANSWER_WITHIN_MS = 10_000;
const PING_EVERY_MS = 25_000;
const POLL_EVERY_MS = 3_000;
const TYPING_EVERY_MS = 3_000;
const BUSY = 503;
const BUSY_SECONDS = 15;
/** So many sockets in a row that never became ready: a proxy may forbid them, so poll meanwhile. */
const FAILURES_BEFORE_POLLING = 3;

/**
 * Keeps one conversation up to date and delivers the outbox, over a WebSocket where one works and
 * by polling where none does. Push is a hint: whatever is missing is read by number.
 */
export class Connection {
  #socket: Socket | null = null;
  #ready = false;
  #stopped = false;
  #failures = 0;
  #lastTyping = 0;
  #catchingUp: Promise<void> | null = null;
  #posting: Promise<void> | null = null;
  readonly #timers = new Timers();
  readonly #backoff: Backoff;

  readonly #token: string;
  readonly #timeline: Timeline;
  readonly #outbox: Outbox;
  readonly #world: Surroundings;
  readonly #events: Events;

  constructor(
    token: string,
    timeline: Timeline,
    outbox: Outbox,
    world: Surroundings,
    events: Events,
  ) {
    this.#token = token;
    this.#timeline = timeline;
    this.#outbox = outbox;
    this.#world = world;
    this.#events = events;
    this.#backoff = new Backoff(500, 30_000, world.random);
  }

  start(): void {
    this.#events.status(this.#world.isOnline() ? "connecting" : "offline");
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
    this.#drop();
  }

  /** The network or the page came back: don't wait for the back-off. */
  wake(): void {
    if (this.#stopped || this.#ready) return;
    this.#backoff.reset();
    this.#drop();
    this.#open();
  }

  /** The browser says there is no network; say so at once rather than after a time-out. */
  sleep(): void {
    this.#drop();
    this.#timers.cancel("poll");
    this.#events.status("offline");
    this.#timers.set("open", this.#backoff.next(), () => this.#open());
  }

  deliver(pending: Pending): void {
    // Behind one that has to wait, in its order.
    if (this.#timers.has("resend")) this.#postpone(pending.clientId);
    else if (this.#ready) this.#transmit(pending);
    else if (this.#timers.has("poll")) void this.#poll();
    // Otherwise it waits in the outbox for the next ready.
  }

  typing(): void {
    const now = Date.now();
    if (!this.#ready || now - this.#lastTyping < TYPING_EVERY_MS) return;
    this.#lastTyping = now;
    this.#write({ type: "typing" });
  }

  #open(): void {
    if (this.#stopped) return;
    this.#timers.cancel("open");
    const socket = this.#world.openSocket();
    this.#socket = socket;
    this.#timers.set("answer", READY_WITHIN_MS, () => this.#lost(socket));
    socket.onopen = () =>
      this.#write({ type: "hello", token: this.#token, after: this.#timeline.caughtUpTo });
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (event.code === CLOSE_UNKNOWN_TOKEN) this.#expire();
      else this.#lost(socket);
    };
  }

  #receive(frame: ServerFrame): void {
    if (this.#ready) this.#timers.cancel("answer");
    switch (frame.type) {
      case "ready":
        this.#becomeReady();
        break;
      case "message":
        this.#take([frame.message]);
        break;
      case "typing":
        this.#events.typing();
        break;
      case "ack":
        this.#outbox.acknowledge(frame.client_id);
        this.#events.outbox();
        break;
      case "error":
        this.#refused(frame);
        break;
      case "pong":
        break;
    }
  }

  #refused(frame: Extract<ServerFrame, { type: "error" }>): void {
    if (!frame.client_id) return;
    if (frame.problem.status === BUSY) {
      this.#comeAgain(frame.client_id, frame.retry_after ?? BUSY_SECONDS);
      return;
    }
    this.#outbox.refuse(frame.client_id, frame.problem.detail ?? "");
    this.#events.outbox();
  }

  /** The server is too busy for it: it waits, and all behind it, until it is worth another try. */
  #comeAgain(clientId: string, seconds: number): void {
    this.#postpone(clientId);
    if (this.#timers.has("resend")) return;
    // Not all visitors at the same moment.
    const ms = 1_000 * seconds * (1 + this.#world.random() / 2);
    this.#timers.set("resend", ms, () => this.#resend());
  }

  #postpone(clientId: string): void {
    this.#outbox.postpone(clientId);
    this.#events.outbox();
  }

  #resend(): void {
    if (this.#ready) this.#transmitAll();
    else if (this.#timers.has("poll")) void this.#poll();
    // Otherwise the next ready sends it.
  }

  #transmitAll(): void {
    for (const pending of this.#outbox.unacknowledged) this.#transmit(pending);
  }

  #becomeReady(): void {
    this.#ready = true;
    this.#failures = 0;
    this.#backoff.reset();
    this.#timers.cancel("answer");
    this.#timers.cancel("poll");
    this.#events.status("live");
    if (!this.#timers.has("resend")) this.#transmitAll();
    this.#keepAlive();
  }

  #keepAlive(): void {
    this.#timers.set("ping", PING_EVERY_MS, () => {
      this.#write({ type: "ping" });
      this.#expectAnswer();
      this.#keepAlive();
    });
  }

  /** A socket can be dead without a close: no frame at all after we asked means it is. */
  #expectAnswer(): void {
    const socket = this.#socket;
    if (socket && !this.#timers.has("answer")) {
      this.#timers.set("answer", ANSWER_WITHIN_MS, () => this.#lost(socket));
    }
  }

  #take(messages: readonly Message[]): void {
    const { added, gap } = this.#timeline.add(messages);
    this.#announce(added);
    if (gap) void this.#catchUp().catch(() => this.#socket && this.#lost(this.#socket));
  }

  #announce(added: readonly Message[]): void {
    if (added.length === 0) return;
    this.#outbox.settle(added);
    this.#events.messages(added);
  }

  /** Reads by number until nothing is missing. Runs once at a time. */
  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readMissing().finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  async #readMissing(): Promise<void> {
    for (;;) {
      const page = await this.#world.api.after(this.#token, this.#timeline.caughtUpTo);
      if (this.#stopped) return;
      const { added } = this.#timeline.add(page.messages);
      // A page has no holes: what it skips does not exist, and asking again would never end.
      this.#timeline.settle(page.messages.at(-1)?.seq ?? page.last_seq);
      this.#announce(added);
      if (this.#timeline.caughtUpTo >= page.last_seq) return;
    }
  }

  #lost(socket: Socket): void {
    if (socket !== this.#socket || this.#stopped) return;
    this.#drop();
    this.#failures += 1;
    if (!this.#world.isOnline()) this.#events.status("offline");
    else if (!this.#timers.has("poll")) this.#events.status("reconnecting");
    if (this.#failures >= FAILURES_BEFORE_POLLING && !this.#timers.has("poll")) void this.#poll();
    this.#timers.set("open", this.#backoff.next(), () => this.#open());
  }

  async #poll(): Promise<void> {
    // The timer stands for "polling is on" while the request is under way, too.
    this.#timers.set("poll", POLL_EVERY_MS, () => void this.#poll());
    try {
      await this.#post();
      await this.#catchUp();
      if (this.#timers.has("poll")) this.#events.status("polling");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#expire();
      else if (this.#timers.has("poll")) this.#events.status("reconnecting");
    }
  }

  /** Sends the outbox by POST, one after another so that the order stays. */
  #post(): Promise<void> {
    this.#posting ??= this.#postAll().finally(() => {
      this.#posting = null;
    });
    return this.#posting;
  }

  async #postAll(): Promise<void> {
    for (;;) {
      const next = this.#outbox.unacknowledged[0];
      if (!next || this.#stopped || this.#timers.has("resend")) return;
      try {
        await this.#world.api.send(this.#token, next.clientId, next.draft);
        this.#outbox.acknowledge(next.clientId);
      } catch (error) {
        if (error instanceof BusyError) {
          this.#comeAgain(next.clientId, error.retryAfterSeconds);
        }
        if (!(error instanceof ApiError)) return;
        if (error.status === 401) return this.#expire();
        this.#outbox.refuse(next.clientId, error.message);
      }
      this.#events.outbox();
    }
  }

  #transmit(pending: Pending): void {
    this.#outbox.resume(pending.clientId);
    this.#write({ type: "send", client_id: pending.clientId, ...pending.draft });
    this.#expectAnswer();
  }

  #write(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #expire(): void {
    this.stop();
    this.#events.tokenUnknown();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#timers.cancel("ping");
    this.#timers.cancel("answer");
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
