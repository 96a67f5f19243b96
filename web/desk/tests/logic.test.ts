import { describe, expect, test } from "vitest";
import { outcomeKey } from "../src/refunds/outcome";
import { formatMoney } from "../src/shared/money";
import { elapsed } from "../src/shared/time";

describe("money", () => {
  test("is written as the reader's language does, with the currency's own minor digits", () => {
    expect(formatMoney({ minor: 24_900, currency: "CNY" }, "zh-CN")).toBe("¥249.00");
    expect(formatMoney({ minor: 24_900, currency: "CNY" }, "en")).toBe("CN¥249.00");
    expect(formatMoney({ minor: -1_050, currency: "USD" }, "en")).toBe("-$10.50");
    expect(formatMoney({ minor: 1_500, currency: "JPY" }, "en")).toBe("¥1,500");
  });
});

test("how long a request waits is told in the unit that fits", () => {
  const at = (minutes: number) => new Date(10 * 86_400_000 - minutes * 60_000).toISOString();
  const now = 10 * 86_400_000;
  expect(elapsed(at(0.5), now)).toEqual({ key: "time.now", count: 0 });
  expect(elapsed(at(59), now)).toEqual({ key: "time.minutes", count: 59 });
  expect(elapsed(at(61), now)).toEqual({ key: "time.hours", count: 1 });
  expect(elapsed(at(47 * 60), now)).toEqual({ key: "time.hours", count: 47 });
  expect(elapsed(at(49 * 60), now)).toEqual({ key: "time.days", count: 2 });
  // A clock that runs behind the server's must not show a negative time.
  expect(elapsed(at(-5), now)).toEqual({ key: "time.now", count: 0 });
});

test("whoever decides is told what his verdict did", () => {
  expect(outcomeKey("approve", { status: "awaiting_approval" })).toBe("refund.firstApproved");
  expect(outcomeKey("approve", { status: "approved" })).toBe("refund.approved");
  expect(outcomeKey("reject", { status: "rejected" })).toBe("refund.rejected");
  expect(outcomeKey("retry", { status: "approved" })).toBe("refund.retried");
});
