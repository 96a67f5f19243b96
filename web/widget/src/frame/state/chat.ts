import type { Attachment, Draft, Identity, Message, Option, Session } from "../../protocol/chat";
import { ApiError, NetworkError } from "../api/http";
import { Backoff } from "../live/backoff";
import { Connection, type Status, type Surroundings } from "../live/connection";
import { Outbox, type Pending } from "../live/outbox";
import { Timeline } from "../live/timeline";
import { Memory } from "./memory";
import type { Storage } from "./storage";

const HISTORY = 50;
const TYPING_FOR_MS = 5_000;

export interface Config {
  channel: string;
  locale: string;
}

/** All that the screens show. A new object on every change. */
export interface ChatState {
  phase: "opening" | "open" | "refused";
  status: Status;
  /** Why the session was refused, in the visitor's language where the server said it. */
  refusal: string;
  /** The refusal is about the proof of who he is: the shop can sign anew. */
  unproven: boolean;
  session: Session | null;
  messages: readonly Message[];
  pending: readonly Pending[];
  typing: boolean;
  hasEarlier: boolean;
  unread: number;
}

export interface ChatWorld extends Surroundings {
  storage: Storage;
  newId(): string;
  now(): Date;
}

/** One visitor's conversation: opens the session, keeps it live, sends, and tells what changed. */
export class Chat {
  state: ChatState;
  readonly #memory: Memory;
  readonly #outbox: Outbox;
  readonly #listeners = new Set<() => void>();
  readonly #backoff: Backoff;
  #timeline = new Timeline();
  #connection: Connection | null = null;
  #visible = false;
  #begun = false;
  #stopped = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  readonly #config: Config;
  readonly #identity: Identity | null;
  readonly #world: ChatWorld;

  constructor(config: Config, identity: Identity | null, world: ChatWorld) {
    this.#config = config;
    this.#identity = identity;
    this.#world = world;
    this.#memory = new Memory(world.storage, config.channel, identity?.customer_id ?? null);
    this.#outbox = new Outbox(this.#memory);
    this.#backoff = new Backoff(500, 15_000, world.random);
    this.state = {
      phase: "opening",
      status: "connecting",
      refusal: "",
      unproven: false,
      session: null,
      messages: [],
      pending: this.#outbox.pending,
      typing: false,
      hasEarlier: false,
      unread: 0,
    };
  }

  /** Whose conversation it is; null for a visitor nobody has signed. */
  get customer(): string | null {
    return this.#identity?.customer_id ?? null;
  }

  /** True when this browser already has a conversation to go on with. */
  get known(): boolean {
    return this.#memory.token !== null;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the session; safe to call again. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#open();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#typingTimer);
    this.#connection?.stop();
  }

  tryAgain(): void {
    this.#set({ phase: "opening", refusal: "" });
    void this.#open();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#countUnread();
  }

  wake(): void {
    if (this.#connection) this.#connection.wake();
    else if (this.#retryTimer !== undefined) void this.#open();
  }

  sleep(): void {
    this.#set({ status: "offline" });
    this.#connection?.sleep();
  }

  typing(): void {
    this.#connection?.typing();
  }

  sendText(text: string): void {
    this.#send({ text });
  }

  choose(options: readonly Option[], separator: string): void {
    this.#send({
      choice: options.map((option) => option.value).join(","),
      label: options.map((option) => option.label).join(separator),
    });
  }

  sendPhotos(photos: Attachment[], caption: string): void {
    this.#send({ attachments: photos.map((photo) => photo.id), text: caption }, photos);
  }

  retry(clientId: string): void {
    const pending = this.#outbox.retry(clientId);
    this.#showOutbox();
    if (pending) this.#connection?.deliver(pending);
  }

  discard(clientId: string): void {
    this.#outbox.remove(clientId);
    this.#showOutbox();
  }

  async loadEarlier(): Promise<void> {
    const { session } = this.state;
    const first = this.#timeline.first;
    if (!session || first === null) return;
    const page = await this.#world.api.before(session.token, first, HISTORY).catch(() => null);
    // The button stays: the connection says what is wrong, and he can press again.
    if (!page) return;
    this.#timeline.add(page.messages);
    this.#set({ messages: this.#timeline.messages, hasEarlier: this.#earlierThan(page.messages) });
  }

  async #open(): Promise<void> {
    this.#retryTimer = undefined;
    try {
      const session = await this.#world.api.openSession({
        ...this.#config,
        token: this.#memory.token,
        identity: this.#identity,
      });
      const page = session.last_seq
        ? await this.#world.api.before(session.token, session.last_seq + 1, HISTORY)
        : { messages: [], last_seq: 0 };
      if (!this.#stopped) this.#enter(session, page.messages);
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof ApiError) {
        const unproven = error.status === 401;
        this.#set({ phase: "refused", refusal: error.message, unproven });
      } else if (error instanceof NetworkError) {
        this.#set({ status: this.#world.isOnline() ? "reconnecting" : "offline" });
        this.#retryTimer = setTimeout(() => void this.#open(), this.#backoff.next());
      } else {
        throw error;
      }
    }
  }

  #enter(session: Session, history: Message[]): void {
    this.#memory.token = session.token;
    this.#backoff.reset();
    this.#timeline = new Timeline(session.last_seq);
    this.#timeline.add(history);
    this.#outbox.settle(history);
    this.#set({
      phase: "open",
      session,
      messages: this.#timeline.messages,
      pending: this.#outbox.pending,
      hasEarlier: this.#earlierThan(history),
    });
    this.#countUnread();
    this.#connection = this.#connect(session.token);
    this.#connection.start();
  }

  #connect(token: string): Connection {
    return new Connection(token, this.#timeline, this.#outbox, this.#world, {
      status: (status) => this.#set({ status }),
      messages: (added) => this.#receive(added),
      typing: () => this.#showTyping(),
      outbox: () => this.#showOutbox(),
      tokenUnknown: () => {
        this.#memory.token = null;
        void this.#open();
      },
    });
  }

  #receive(added: readonly Message[]): void {
    const answered = added.some((message) => message.from !== "customer");
    if (answered) clearTimeout(this.#typingTimer);
    this.#set({
      messages: this.#timeline.messages,
      pending: this.#outbox.pending,
      typing: this.state.typing && !answered,
    });
    this.#countUnread();
  }

  #showTyping(): void {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#set({ typing: false }), TYPING_FOR_MS);
    this.#set({ typing: true });
  }

  #send(draft: Draft, photos: Attachment[] = []): void {
    const pending: Pending = {
      clientId: this.#world.newId(),
      draft,
      photos,
      at: this.#world.now().toISOString(),
      state: "sending",
      error: "",
    };
    this.#outbox.add(pending);
    this.#showOutbox();
    this.#connection?.deliver(pending);
  }

  #earlierThan(page: readonly Message[]): boolean {
    return (page[0]?.seq ?? 1) > 1;
  }

  #countUnread(): void {
    const newest = this.#timeline.messages.at(-1)?.seq ?? 0;
    if (this.#visible && newest > this.#memory.readSeq) this.#memory.readSeq = newest;
    const read = this.#memory.readSeq;
    const unread = this.#timeline.messages.filter(
      (message) => message.from !== "customer" && message.seq > read,
    ).length;
    if (unread !== this.state.unread) this.#set({ unread });
  }

  #showOutbox(): void {
    this.#set({ pending: this.#outbox.pending });
  }

  #set(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
