import { readFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("the types are those of the server's schema: else run `npm run schema`", async () => {
  const web = join(import.meta.dirname, "..", "..");
  const document = JSON.parse(readFileSync(join(web, "openapi.json"), "utf8"));
  const types = COMMENT_HEADER + astToString(await openapiTS(document));
  expect(types).toBe(readFileSync(join(web, "desk/src/api/schema.d.ts"), "utf8"));
});
