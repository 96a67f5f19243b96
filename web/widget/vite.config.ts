import { defineConfig, type Plugin } from "vite";

/**
 * The one lazy chunk has no style sheet and no imports that are not loaded already: Vite's helper
 * for preloading those would be a kilobyte of dead weight in every shop page.
 */
const noPreloadHelper: Plugin = {
  name: "no-preload-helper",
  enforce: "pre",
  load: (id) =>
    id.includes("vite/preload-helper") ? "export const __vitePreload = (load) => load();" : null,
};

/** The chat itself: frame.html and its assets. The loader is built apart, as one classic script. */
export default defineConfig({
  base: "/widget/",
  plugins: [noPreloadHelper],
  build: {
    outDir: "../dist/widget",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    manifest: true,
    rolldownOptions: { input: "frame.html" },
  },
  server: { port: 5174, proxy: { "/api": { target: "http://127.0.0.1:8000", ws: true } } },
});
