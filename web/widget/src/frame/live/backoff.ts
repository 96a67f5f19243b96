/** Full-jitter exponential back-off: a restarted server isn't met by every visitor at once. */
export class Backoff {
  #failures = 0;

  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;

  constructor(baseMs: number, maxMs: number, random: () => number = Math.random) {
    this.#baseMs = baseMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Milliseconds to wait before the next try; between half and the whole of the doubled step. */
  next(): number {
    const step = Math.min(this.#maxMs, this.#baseMs * 2 ** this.#failures);
    this.#failures += 1;
    return step / 2 + (step / 2) * this.#random();
  }

  reset(): void {
    this.#failures = 0;
  }
}
