/** Puts the API's page together: Swagger UI from its package, nothing from another host. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const OUT = join(import.meta.dirname, "..", "dist", "api-docs");
const SWAGGER = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Aftercare API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="api"></div>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;

/** A call by session cookie needs the header that no foreign form can send. */
const START = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  requestInterceptor: (request) => {
    request.headers["X-Aftercare-CSRF"] = "1";
    return request;
  },
});
`;

await mkdir(OUT, { recursive: true });
for (const name of ["swagger-ui.css", "swagger-ui-bundle.js"]) {
  await copyFile(join(SWAGGER, name), join(OUT, name));
}
await writeFile(join(OUT, "index.html"), PAGE);
await writeFile(join(OUT, "start.js"), START);
