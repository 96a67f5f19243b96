import type { Attachment, Draft, Message } from "../../protocol/chat";

/** Something the customer sent that has not come back as a numbered message yet. */
export interface Pending {
  clientId: string;
  draft: Draft;
  /** Local previews of the photos in `draft`, so the bubble shows them at once. */
  photos: Attachment[];
  at: string;
  /** `waiting`: the shop is too busy to take it now; it goes out again by itself. */
  state: "sending" | "waiting" | "sent" | "failed";
  /** The server's reason, when it refused. */
  error: string;
}

export interface OutboxStore {
  load(): Pending[];
  save(pending: readonly Pending[]): void;
}

/**
 * What must be sent again after a reconnect or a reload, in its order. The client_id stays the
 * same on every attempt: the server answers a repeat with the first message.
 */
export class Outbox {
  #entries: readonly Pending[];

  readonly #store: OutboxStore;

  constructor(store: OutboxStore) {
    this.#store = store;
    this.#entries = store.load();
  }

  get pending(): readonly Pending[] {
    return this.#entries;
  }

  get unacknowledged(): readonly Pending[] {
    return this.#entries.filter(({ state }) => state === "sending" || state === "waiting");
  }

  add(entry: Pending): void {
    this.#replace([...this.#entries, entry]);
  }

  /** The server stored it; the bubble stays until the numbered message arrives. */
  acknowledge(clientId: string): void {
    this.#update(clientId, { state: "sent", error: "" });
  }

  refuse(clientId: string, error: string): void {
    this.#update(clientId, { state: "failed", error });
  }

  /** The server asked to come again later: nothing is wrong with it. */
  postpone(clientId: string): void {
    this.#update(clientId, { state: "waiting" });
  }

  resume(clientId: string): void {
    this.#update(clientId, { state: "sending" });
  }

  retry(clientId: string): Pending | undefined {
    this.#update(clientId, { state: "sending", error: "" });
    return this.#entries.find((entry) => entry.clientId === clientId);
  }

  remove(clientId: string): void {
    this.#replace(this.#entries.filter((entry) => entry.clientId !== clientId));
  }

  /** Drops what came back as messages. */
  settle(messages: readonly Message[]): void {
    const arrived = new Set(messages.map((message) => message.client_id));
    if (this.#entries.some((entry) => arrived.has(entry.clientId))) {
      this.#replace(this.#entries.filter((entry) => !arrived.has(entry.clientId)));
    }
  }

  #update(clientId: string, change: Partial<Pending>): void {
    this.#replace(
      this.#entries.map((entry) => (entry.clientId === clientId ? { ...entry, ...change } : entry)),
    );
  }

  #replace(entries: readonly Pending[]): void {
    this.#entries = entries;
    this.#store.save(entries);
  }
}
