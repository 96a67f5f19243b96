// Unpacks what Python's standard library cannot: Brotli archives and WOFF2 fonts.
//   node unpack.mjs FOLDER    FOLDER holds node_modules; it receives chromium, *.tar and fonts/*.ttf

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const folder = process.argv[2];
const modules = join(folder, "node_modules");
const decompressFont = createRequire(join(modules, "/"))("wawoff2/decompress");

const archives = join(modules, "@sparticuz", "chromium", "bin");
for (const name of readdirSync(archives)) {
  const content = brotliDecompressSync(readFileSync(join(archives, name)));
  writeFileSync(join(folder, name.replace(/\.br$/, "")), content);
}

// fontconfig lists WOFF2 files, but headless Chromium draws nothing from them.
const fonts = join(folder, "fonts");
mkdirSync(fonts);
for (const family of readdirSync(join(modules, "@fontsource-variable"))) {
  const files = join(modules, "@fontsource-variable", family, "files");
  for (const name of readdirSync(files)) {
    const font = await decompressFont(readFileSync(join(files, name)));
    writeFileSync(join(fonts, name.replace(/\.woff2$/, ".ttf")), font);
  }
}
