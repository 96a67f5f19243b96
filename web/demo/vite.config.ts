import { defineConfig } from "vite";

/** The demo shop: a page as a merchant would have it, with the widget embedded. */
export default defineConfig({
  base: "/demo/",
  build: {
    outDir: "../dist/demo",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
