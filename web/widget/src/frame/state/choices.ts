import type { Message } from "../../protocol/chat";
import type { Pending } from "../live/outbox";

/** What an option of a message looks like by now. */
export interface OptionsState {
  open: boolean;
  /** Values that were chosen, as far as it can be told. */
  chosen: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Only the newest message with a voice of the shop's has open options, and only until one is
 * pressed. After a reload a press is known by the customer's next message, which says its label.
 */
export function optionsState(
  message: Message,
  messages: readonly Message[],
  pending: readonly Pending[],
  separator: string,
): OptionsState {
  const later = messages.filter((other) => other.seq > message.seq);
  const superseded = later.some((other) => other.from === "bot" || other.from === "agent");
  const answer = later.find((other) => other.from === "customer")?.text;
  const spoken = answer === undefined ? NONE : chosenBy(message, answer.split(separator));
  if (superseded || spoken.size > 0) return { open: false, chosen: spoken };
  for (const { draft, state } of pending) {
    if (!("choice" in draft) || state === "failed") continue;
    const values = new Set(draft.choice.split(","));
    if (message.options.some((option) => values.has(option.value))) {
      return { open: false, chosen: values };
    }
  }
  return { open: true, chosen: NONE };
}

function chosenBy(message: Message, labels: readonly string[]): ReadonlySet<string> {
  const chosen = message.options.filter((option) => labels.includes(option.label));
  const all = labels.every((label) => chosen.some((option) => option.label === label));
  return all ? new Set(chosen.map((option) => option.value)) : NONE;
}
