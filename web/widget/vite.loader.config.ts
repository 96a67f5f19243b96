import { defineConfig } from "vite";

/** The script a shop embeds: one file with a fixed name, no imports at run time. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "../dist/widget",
    emptyOutDir: false,
    target: "es2020",
    lib: {
      entry: "src/loader/loader.ts",
      formats: ["iife"],
      name: "AftercareLoader",
      fileName: () => "loader.js",
    },
  },
});
