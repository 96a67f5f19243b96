/** Writes .gz and .br beside every text asset of dist/, so that the server need not compress. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const DIST = join(import.meta.dirname, "..", "dist");
const TEXT = new Set([".js", ".css", ".html", ".svg", ".json"]);
const encoders = {
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
};

const entries = await readdir(DIST, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)));
for (const file of files) {
  const path = join(file.parentPath, file.name);
  const bytes = await readFile(path);
  for (const [suffix, encode] of Object.entries(encoders)) {
    await writeFile(`${path}.${suffix}`, await encode(bytes));
  }
}
