import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, NetworkError } from "../src/frame/api/http";
import { Chat, type ChatWorld } from "../src/frame/state/chat";
import { memoryStorage, type Storage } from "../src/frame/state/storage";
import type { Identity } from "../src/protocol/chat";
import { FakeWorld, message } from "./fakes";

class ChatTestWorld extends FakeWorld implements ChatWorld {
  #ids = 0;
  storage: Storage = memoryStorage();

  newId(): string {
    this.#ids += 1;
    return `client-${this.#ids}`;
  }

  now(): Date {
    return new Date("2026-05-20T08:00:00Z");
  }
}

const CONFIG = { channel: "web-demo", locale: "en" };
const identity = (customer_id: string): Identity => ({
  customer_id,
  issued_at: 1_780_000_000,
  signature: "00",
});

async function opened(world: ChatTestWorld, who: Identity | null = null): Promise<Chat> {
  const chat = new Chat(CONFIG, who, world);
  chat.begin();
  await vi.advanceTimersByTimeAsync(0);
  return chat;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a session", () => {
  test("shows the history at once and listens from its end on", async () => {
    const world = new ChatTestWorld();
    world.api.stored = [1, 2, 3].map((seq) => message(seq));
    const chat = await opened(world);
    world.socket.becomesReady();
    expect(chat.state.messages.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(world.socket.sent[0]).toMatchObject({ after: 3 });
  });

  test("goes on after a reload with the same token, each customer with his own", async () => {
    const world = new ChatTestWorld();
    await opened(world, identity("C1"));
    await opened(world, identity("C2"));
    await opened(world, identity("C1"));
    expect(world.api.sessions.map(({ token }) => token)).toEqual([null, null, "token-1"]);
  });

  test("is opened anew when the server forgot the token", async () => {
    const world = new ChatTestWorld();
    await opened(world);
    world.socket.breaks(4401);
    await vi.advanceTimersByTimeAsync(0);
    expect(world.api.sessions.map(({ token }) => token)).toEqual([null, null]);
  });

  test("tells why it was refused, and can be tried again", async () => {
    const world = new ChatTestWorld();
    world.api.failure = new ApiError(401, "The signature is too old.");
    const chat = await opened(world, identity("C1"));
    expect(chat.state).toMatchObject({
      phase: "refused",
      refusal: "The signature is too old.",
      unproven: true,
    });
    world.api.failure = null;
    chat.tryAgain();
    await vi.advanceTimersByTimeAsync(0);
    expect(chat.state.phase).toBe("open");
  });

  test("keeps trying while the server is away", async () => {
    const world = new ChatTestWorld();
    world.api.failure = new NetworkError();
    const chat = await opened(world);
    expect(chat.state).toMatchObject({ phase: "opening", status: "reconnecting" });
    world.api.failure = null;
    await vi.advanceTimersByTimeAsync(500);
    expect(chat.state.phase).toBe("open");
  });

  test("pages backwards through a long history", async () => {
    const world = new ChatTestWorld();
    world.api.stored = Array.from({ length: 70 }, (_, index) => message(index + 1));
    const chat = await opened(world);
    expect(chat.state.messages).toHaveLength(50);
    expect(chat.state.hasEarlier).toBe(true);
    await chat.loadEarlier();
    expect(chat.state.messages).toHaveLength(70);
    expect(chat.state.hasEarlier).toBe(false);
  });
});

describe("sending", () => {
  test("a message written before a reload is sent after it, once, under its first id", async () => {
    const world = new ChatTestWorld();
    const before = await opened(world);
    before.sendText("hello");
    before.stop();
    const after = await opened(world);
    world.socket.becomesReady();
    expect(world.socket.sends).toMatchObject([{ client_id: "client-1", text: "hello" }]);
    const stored = message(1, { from: "customer", client_id: "client-1" });
    world.socket.receive({ type: "message", message: stored });
    expect(after.state.pending).toEqual([]);
    expect(after.state.messages).toHaveLength(1);
  });

  test("several picks travel as one choice", async () => {
    const world = new ChatTestWorld();
    const chat = await opened(world);
    world.socket.becomesReady();
    const option = (value: string, label: string) => ({ value, label, detail: "", image: null });
    chat.choose([option("p3:0", "Kettle"), option("p3:2", "Filters")], ", ");
    expect(world.socket.sends).toMatchObject([{ choice: "p3:0,p3:2", label: "Kettle, Filters" }]);
  });

  test("a refused message can be tried again under the same id, or discarded", async () => {
    const world = new ChatTestWorld();
    const chat = await opened(world);
    world.socket.becomesReady();
    chat.sendText("hello");
    const problem = { title: "x", status: 429, detail: "Slow down." };
    world.socket.receive({ type: "error", client_id: "client-1", problem });
    expect(chat.state.pending).toMatchObject([{ state: "failed", error: "Slow down." }]);
    chat.retry("client-1");
    expect(world.socket.sends.map((frame) => frame.client_id)).toEqual(["client-1", "client-1"]);
    chat.discard("client-1");
    expect(chat.state.pending).toEqual([]);
  });
});

describe("what is shown", () => {
  test("unread counts the shop's messages while closed, and none once opened", async () => {
    const world = new ChatTestWorld();
    const chat = await opened(world);
    world.socket.becomesReady();
    world.socket.receive({ type: "message", message: message(1, { from: "customer" }) });
    world.socket.receive({ type: "message", message: message(2) });
    expect(chat.state.unread).toBe(1);
    chat.setVisible(true);
    expect(chat.state.unread).toBe(0);
    world.socket.receive({ type: "message", message: message(3) });
    expect(chat.state.unread).toBe(0);
  });

  test("typing ends with the answer, or by itself after five seconds", async () => {
    const world = new ChatTestWorld();
    const chat = await opened(world);
    world.socket.becomesReady();
    world.socket.receive({ type: "typing", from: "bot" });
    expect(chat.state.typing).toBe(true);
    world.socket.receive({ type: "message", message: message(1) });
    expect(chat.state.typing).toBe(false);
    world.socket.receive({ type: "typing", from: "bot" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(chat.state.typing).toBe(false);
  });
});
