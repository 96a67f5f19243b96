import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ApiError, BusyError, NetworkError } from "../src/frame/api/http";
import { Connection, type Status } from "../src/frame/live/connection";
import { Outbox, type Pending } from "../src/frame/live/outbox";
import { Timeline } from "../src/frame/live/timeline";
import { FakeWorld, message } from "./fakes";

const pending = (clientId: string, text = "hello"): Pending => ({
  clientId,
  draft: { text },
  photos: [],
  at: "2026-05-20T08:00:00Z",
  state: "sending",
  error: "",
});

function setUp(start = 0) {
  const world = new FakeWorld();
  const timeline = new Timeline(start);
  const outbox = new Outbox({ load: () => [], save: () => undefined });
  const seen: number[] = [];
  const statuses: Status[] = [];
  const events = {
    status: (status: Status) => statuses.push(status),
    messages: (added: readonly { seq: number }[]) => seen.push(...added.map(({ seq }) => seq)),
    typing: vi.fn(),
    outbox: vi.fn(),
    tokenUnknown: vi.fn(),
  };
  const connection = new Connection("token", timeline, outbox, world, events);
  const send = (clientId: string) => {
    const entry = pending(clientId);
    outbox.add(entry);
    connection.deliver(entry);
  };
  return { world, timeline, outbox, connection, events, seen, statuses, send };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Breaks every socket until polling has begun. */
async function breakThreeSockets(world: FakeWorld): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    world.socket.breaks();
    await vi.advanceTimersByTimeAsync(count < 2 ? 4_000 : 0);
  }
}

describe("a working socket", () => {
  test("says where it stands, with the token in the first message and not in the address", () => {
    const { world, connection, statuses } = setUp(12);
    connection.start();
    world.socket.becomesReady();
    expect(world.socket.sent[0]).toEqual({ type: "hello", token: "token", after: 12 });
    expect(statuses).toEqual(["connecting", "live"]);
  });

  test("shows a message once however often it is pushed", () => {
    const { world, connection, seen } = setUp();
    connection.start();
    world.socket.becomesReady();
    for (const seq of [1, 2, 2, 1]) {
      world.socket.receive({ type: "message", message: message(seq) });
    }
    expect(seen).toEqual([1, 2]);
  });

  test("keeps a refused send with the server's reason", () => {
    const { world, connection, outbox, send } = setUp();
    connection.start();
    world.socket.becomesReady();
    send("a");
    const problem = { title: "x", status: 422, detail: "Too long." };
    world.socket.receive({ type: "error", client_id: "a", problem });
    expect(outbox.pending[0]).toMatchObject({ state: "failed", error: "Too long." });
  });

  test("tells of typing at most every three seconds", () => {
    const { world, connection } = setUp();
    connection.start();
    world.socket.becomesReady();
    for (let count = 0; count < 5; count += 1) connection.typing();
    vi.advanceTimersByTime(3_000);
    connection.typing();
    expect(world.socket.sent.filter((frame) => frame.type === "typing")).toHaveLength(2);
  });
});

describe("after a break", () => {
  test("goes on after the last number and sends the unacknowledged again under the same id", async () => {
    const { world, connection, send } = setUp();
    connection.start();
    world.socket.becomesReady();
    world.socket.receive({ type: "message", message: message(1) });
    send("a");
    send("b");
    world.socket.receive({ type: "ack", client_id: "a", id: "x", seq: 2, duplicate: false });
    world.socket.breaks(1012);
    await vi.advanceTimersByTimeAsync(500);
    world.socket.becomesReady();
    expect(world.sockets).toHaveLength(2);
    expect(world.socket.sent[0]).toMatchObject({ type: "hello", after: 1 });
    expect(world.socket.sends.map((frame) => frame.client_id)).toEqual(["b"]);
  });

  test("what was written while away goes out, in order, at the next ready", async () => {
    const { world, connection, send } = setUp();
    connection.start();
    send("a");
    send("b");
    world.socket.becomesReady();
    expect(world.socket.sends.map((frame) => frame.client_id)).toEqual(["a", "b"]);
  });

  test("waits longer after each failure", async () => {
    const { world, connection } = setUp();
    connection.start();
    world.socket.breaks();
    await vi.advanceTimersByTimeAsync(499);
    expect(world.sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.sockets).toHaveLength(2);
    world.socket.breaks();
    await vi.advanceTimersByTimeAsync(999);
    expect(world.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.sockets).toHaveLength(3);
  });

  test("a socket that answers nothing counts as broken", async () => {
    const { world, connection, send } = setUp();
    connection.start();
    world.socket.becomesReady();
    send("a");
    const silent = world.socket;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(silent.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    world.socket.becomesReady();
    expect(world.socket.sends[0]).toMatchObject({ client_id: "a" });
  });

  test("an unknown token ends it", async () => {
    const { world, connection, events } = setUp();
    connection.start();
    world.socket.breaks(4401);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events.tokenUnknown).toHaveBeenCalledOnce();
    expect(world.sockets).toHaveLength(1);
  });

  test("says offline when the browser knows better, and comes back at once", async () => {
    const { world, connection, statuses } = setUp();
    connection.start();
    world.socket.becomesReady();
    world.online = false;
    connection.sleep();
    expect(statuses.at(-1)).toBe("offline");
    world.online = true;
    connection.wake();
    world.socket.becomesReady();
    expect(statuses.at(-1)).toBe("live");
  });
});

describe("a gap", () => {
  test("is read by number, and nothing appears twice", async () => {
    const { world, connection, timeline, seen } = setUp();
    world.api.stored = [1, 2, 3, 4].map((seq) => message(seq));
    connection.start();
    world.socket.becomesReady();
    world.socket.receive({ type: "message", message: message(1) });
    world.socket.receive({ type: "message", message: message(4) });
    await vi.advanceTimersByTimeAsync(0);
    expect(world.api.asked).toEqual([1]);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4]);
    expect(timeline.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test("that the server does not have either is not asked for again and again", async () => {
    const { world, connection, timeline } = setUp();
    world.api.stored = [1, 2, 5].map((seq) => message(seq));
    connection.start();
    world.socket.becomesReady();
    world.socket.receive({ type: "message", message: message(5) });
    await vi.advanceTimersByTimeAsync(0);
    expect(timeline.caughtUpTo).toBe(5);
    expect(world.api.asked).toHaveLength(1);
  });

  test("that cannot be read starts the line anew", async () => {
    const { world, connection } = setUp();
    connection.start();
    world.socket.becomesReady();
    world.api.failure = new NetworkError();
    world.socket.receive({ type: "message", message: message(3) });
    await vi.advanceTimersByTimeAsync(500);
    world.socket.becomesReady();
    expect(world.socket.sent[0]).toMatchObject({ type: "hello", after: 0 });
  });
});

describe("a shop that is too busy", () => {
  const tooBusy = (clientId: string) => ({
    type: "error",
    client_id: clientId,
    problem: { title: "overloaded", status: 503, detail: "later" },
    retry_after: 10,
  });

  test("gets the message again after its time, under the same id, and what follows behind it", async () => {
    const { world, connection, outbox, send } = setUp();
    connection.start();
    world.socket.becomesReady();
    send("a");
    world.socket.receive(tooBusy("a"));
    send("b");
    expect(outbox.pending.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
    await vi.advanceTimersByTimeAsync(14_999);
    expect(world.socket.sends).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(world.socket.sends.map((frame) => frame.client_id)).toEqual(["a", "a", "b"]);
    expect(outbox.pending.map(({ state }) => state)).toEqual(["sending", "sending"]);
  });

  test("may refuse again and again, and a new socket does not hurry it", async () => {
    const { world, connection, outbox, send } = setUp();
    connection.start();
    world.socket.becomesReady();
    send("a");
    world.socket.receive(tooBusy("a"));
    world.socket.breaks(1012);
    await vi.advanceTimersByTimeAsync(500);
    world.socket.becomesReady();
    expect(world.socket.sends).toEqual([]);
    await vi.advanceTimersByTimeAsync(14_500);
    expect(world.socket.sends).toHaveLength(1);
    world.socket.receive(tooBusy("a"));
    expect(outbox.pending[0]).toMatchObject({ state: "waiting" });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(world.socket.sends).toHaveLength(2);
    world.socket.receive({ type: "ack", client_id: "a", id: "x", seq: 2, duplicate: false });
    expect(outbox.pending[0]).toMatchObject({ state: "sent" });
  });

  test("is asked again by POST where sockets are blocked", async () => {
    const { world, connection, outbox, send } = setUp();
    connection.start();
    await breakThreeSockets(world);
    world.api.failure = new BusyError(10);
    send("a");
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.pending[0]).toMatchObject({ state: "waiting" });
    world.api.failure = null;
    await vi.advanceTimersByTimeAsync(14_000);
    expect(world.api.posted).toEqual([]);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(world.api.posted.map(({ clientId }) => clientId)).toEqual(["a"]);
  });
});

describe("where sockets are blocked", () => {
  test("polls, and sends by POST", async () => {
    const { world, connection, outbox, seen, statuses, send } = setUp();
    connection.start();
    await breakThreeSockets(world);
    expect(statuses.at(-1)).toBe("polling");
    send("a");
    await vi.advanceTimersByTimeAsync(0);
    expect(world.api.posted.map(({ clientId }) => clientId)).toEqual(["a"]);
    world.api.stored = [message(1, { from: "customer", client_id: "a" })];
    await vi.advanceTimersByTimeAsync(3_000);
    expect(seen).toEqual([1]);
    expect(outbox.pending).toEqual([]);
  });

  test("a refused POST is kept with its reason and does not hold up the next", async () => {
    const { world, connection, outbox, send } = setUp();
    connection.start();
    await breakThreeSockets(world);
    world.api.failure = new ApiError(422, "No.");
    send("a");
    await vi.advanceTimersByTimeAsync(0);
    world.api.failure = null;
    send("b");
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.pending.map(({ state }) => state)).toEqual(["failed", "sent"]);
  });

  test("goes back to the socket when one works, and stops polling", async () => {
    const { world, connection, statuses } = setUp();
    connection.start();
    await breakThreeSockets(world);
    await vi.advanceTimersByTimeAsync(4_000);
    world.socket.becomesReady();
    const asked = world.api.asked.length;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(statuses.at(-1)).toBe("live");
    expect(world.api.asked).toHaveLength(asked);
  });

  test("when nothing answers it says so, and loses nothing", async () => {
    const { world, connection, statuses, outbox, send } = setUp();
    world.api.failure = new NetworkError();
    connection.start();
    await breakThreeSockets(world);
    send("a");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(statuses.at(-1)).toBe("reconnecting");
    expect(outbox.unacknowledged).toHaveLength(1);
  });
});
