import { describe, expect, test } from "vitest";
import { Backoff } from "../src/frame/live/backoff";
import type { Pending } from "../src/frame/live/outbox";
import { Timeline } from "../src/frame/live/timeline";
import { optionsState } from "../src/frame/state/choices";
import { browserStorage } from "../src/frame/state/storage";
import { loadTexts } from "../src/frame/texts";
import { day, sameDay } from "../src/frame/ui/time";
import { message } from "./fakes";

describe("timeline", () => {
  test("orders what arrives out of order, and knows what is missing", () => {
    const timeline = new Timeline();
    expect(timeline.add([message(3)]).gap).toBe(true);
    expect(timeline.add([message(1)]).gap).toBe(true);
    expect(timeline.caughtUpTo).toBe(1);
    expect(timeline.add([message(2), message(1)])).toMatchObject({ gap: false });
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(timeline.caughtUpTo).toBe(3);
  });

  test("earlier history does not move the end", () => {
    const timeline = new Timeline(40);
    timeline.add([message(39), message(40)]);
    expect(timeline.caughtUpTo).toBe(40);
    expect(timeline.first).toBe(39);
  });
});

test("back-off doubles up to its limit, with half of it left to chance", () => {
  const least = new Backoff(500, 3_000, () => 0);
  const most = new Backoff(500, 3_000, () => 1);
  expect([1, 2, 3, 4, 5].map(() => least.next())).toEqual([250, 500, 1_000, 1_500, 1_500]);
  expect([1, 2, 3, 4].map(() => most.next())).toEqual([500, 1_000, 2_000, 3_000]);
  most.reset();
  expect(most.next()).toBe(500);
});

describe("options", () => {
  const options = ["Kettle", "Filters"].map((label, index) => ({
    value: `p1:${index}`,
    label,
    detail: "",
    image: null,
  }));
  const question = message(1, { options });
  const said = (seq: number, text: string) => message(seq, { from: "customer", text });
  const pressed = (choice: string, state: Pending["state"]): Pending => ({
    clientId: "a",
    draft: { choice, label: "Kettle" },
    photos: [],
    at: "",
    state,
    error: "",
  });

  test("of the newest message are open", () => {
    expect(optionsState(question, [question], [], ", ").open).toBe(true);
  });

  test("stay open when the customer wrote something else", () => {
    expect(optionsState(question, [question, said(2, "how long?")], [], ", ").open).toBe(true);
  });

  test("close at once when pressed, and open again if that was refused", () => {
    expect(optionsState(question, [question], [pressed("p1:0", "sending")], ", ")).toEqual({
      open: false,
      chosen: new Set(["p1:0"]),
    });
    expect(optionsState(question, [question], [pressed("p1:0", "failed")], ", ").open).toBe(true);
  });

  test("of an older message are history, with what was chosen still to be seen", () => {
    const all = [question, said(2, "Kettle, Filters"), message(3)];
    expect(optionsState(question, all, [], ", ")).toEqual({
      open: false,
      chosen: new Set(["p1:0", "p1:1"]),
    });
  });
});

test("a browser without storage remembers for the page's life", () => {
  // Node has no localStorage here: reading it throws, as in a private window.
  const storage = browserStorage();
  storage.set("key", "value");
  expect(storage.get("key")).toBe("value");
  storage.remove("key");
  expect(storage.get("key")).toBeNull();
});

test("texts: Chinese for zh, English for all others", async () => {
  expect((await loadTexts("zh-CN")).send).toBe("发送");
  expect((await loadTexts("de")).send).toBe("Send");
});

test("days are named as a person would", () => {
  const now = new Date("2026-05-20T12:00:00");
  expect(day("2026-05-20T01:00:00", "en", now)).toBe("today");
  expect(day("2026-05-19T23:00:00", "zh-CN", now)).toBe("昨天");
  expect(day("2026-03-01T12:00:00", "en", now)).toBe("March 1");
  expect(day("2025-03-01T12:00:00", "en", now)).toBe("March 1, 2025");
  expect(sameDay("2026-05-20T00:10:00", "2026-05-20T23:50:00")).toBe(true);
});
