// Serves the folder public/: a list of files made at start, so that no request path ever reaches the file system.

import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const HEADERS = {
  // Everything comes from here: no CDN, no inline script, no frame around us.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "permissions-policy": "camera=(self), microphone=(self)",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-cache",
};

/** A request listener for `node:http`. */
export function serveStatic(folder) {
  const files = new Map();
  for (const name of readdirSync(folder)) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(`/${name}`, { type, body: readFileSync(new URL(name, folder)) });
  }
  files.set("/", files.get("/index.html"));

  return (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    const file = files.get(path);
    if (request.method !== "GET" && request.method !== "HEAD") {
      respond(response, 405, "text/plain", "Only GET and HEAD.\n", { allow: "GET, HEAD" });
    } else if (file === undefined) {
      respond(response, 404, "text/plain", "There is nothing here. The page is at /.\n");
    } else {
      respond(response, 200, file.type, request.method === "HEAD" ? "" : file.body);
    }
  };
}

function respond(response, status, type, body, headers = {}) {
  response.writeHead(status, { ...HEADERS, "content-type": type, ...headers });
  response.end(body);
}
