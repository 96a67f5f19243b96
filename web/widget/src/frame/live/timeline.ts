import type { Message } from "../../protocol/chat";

/**
 * The messages known so far, by their number: each once, in order, whatever way and how often
 * they arrive. `caughtUpTo` is the number up to which nothing is missing.
 */
export class Timeline {
  readonly #bySeq = new Map<number, Message>();
  #caughtUp: number;
  #sorted: readonly Message[] = [];

  /** `start` is the number before the first message we ask for: earlier ones are history. */
  constructor(start = 0) {
    this.#caughtUp = start;
  }

  get caughtUpTo(): number {
    return this.#caughtUp;
  }

  get messages(): readonly Message[] {
    return this.#sorted;
  }

  /** The lowest number held, or null while nothing is. */
  get first(): number | null {
    return this.#sorted[0]?.seq ?? null;
  }

  /** Adds what is new. Returns whether a number is missing before one of them. */
  add(messages: readonly Message[]): { added: Message[]; gap: boolean } {
    const added = messages.filter((message) => !this.#bySeq.has(message.seq));
    for (const message of added) this.#bySeq.set(message.seq, message);
    if (added.length > 0) {
      this.#sorted = [...this.#bySeq.values()].sort((a, b) => a.seq - b.seq);
    }
    while (this.#bySeq.has(this.#caughtUp + 1)) this.#caughtUp += 1;
    return { added, gap: (this.#sorted.at(-1)?.seq ?? 0) > this.#caughtUp };
  }

  /** The server has shown everything up to `seq`: what is not here by now does not exist. */
  settle(seq: number): void {
    this.#caughtUp = Math.max(this.#caughtUp, seq);
    while (this.#bySeq.has(this.#caughtUp + 1)) this.#caughtUp += 1;
  }
}
