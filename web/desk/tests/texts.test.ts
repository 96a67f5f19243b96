import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "../src/i18n/en";
import { zhCN } from "../src/i18n/zh-CN";

type Tree = { [key: string]: string | Tree };

const flatten = (tree: Tree, prefix = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );

const english = new Map(flatten(en));
const chinese = new Map(flatten(zhCN));
const placeholders = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted();

test("both languages have the same keys, with the same variables", () => {
  expect([...chinese.keys()]).toEqual([...english.keys()]);
  for (const [key, text] of english) {
    expect.soft(placeholders(chinese.get(key) ?? ""), key).toEqual(placeholders(text));
  }
});

test("every text that the screens name exists", () => {
  const folder = join(import.meta.dirname, "..", "src");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const missing = files
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), "utf8").matchAll(/\bt\(\s*"([\w.]+)"/g),
    ])
    .map(([, key = ""]) => key)
    .filter((key) => !english.has(key) && !english.has(`${key}_other`));
  expect(missing).toEqual([]);
});
