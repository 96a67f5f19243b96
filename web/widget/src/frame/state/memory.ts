import type { OutboxStore, Pending } from "../live/outbox";
import type { Storage } from "./storage";

/** What one visitor's browser remembers of one channel: token, last number read, unsent messages. */
export class Memory implements OutboxStore {
  readonly #prefix: string;

  /** `customerId` keeps two customers on one computer apart; null is the anonymous visitor. */
  readonly #storage: Storage;

  constructor(storage: Storage, channel: string, customerId: string | null) {
    this.#storage = storage;
    this.#prefix = `aftercare:${channel}:${customerId === null ? "visitor" : `c:${customerId}`}:`;
  }

  get token(): string | null {
    return this.#storage.get(`${this.#prefix}token`);
  }

  set token(value: string | null) {
    if (value === null) this.#storage.remove(`${this.#prefix}token`);
    else this.#storage.set(`${this.#prefix}token`, value);
  }

  get readSeq(): number {
    return Number(this.#storage.get(`${this.#prefix}read`) ?? 0);
  }

  set readSeq(value: number) {
    this.#storage.set(`${this.#prefix}read`, String(value));
  }

  load(): Pending[] {
    try {
      return JSON.parse(this.#storage.get(`${this.#prefix}outbox`) ?? "[]");
    } catch {
      return [];
    }
  }

  save(pending: readonly Pending[]): void {
    this.#storage.set(`${this.#prefix}outbox`, JSON.stringify(pending));
  }
}
