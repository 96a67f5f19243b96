import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/desk/",
  plugins: [react()],
  build: {
    outDir: "../dist/desk",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // antd is one large part. What counts is the first load, and a test holds that to its budget.
    chunkSizeWarningLimit: 700,
  },
  server: { port: 5175, proxy: { "/api": { target: "http://127.0.0.1:8000", ws: true } } },
});
