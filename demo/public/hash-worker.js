// Hashes, and on request keeps, the bytes of one file away from the page's main thread. Messages in order:
// {chunks: ArrayBuffer[]} → {taken: true} for each · {finish: true} → {sha256, blob}

import { Sha256 } from "./sha256.js";

/** Chunks are handed to the browser's blob store, which may put them on disk, in pieces of this many bytes. */
const PIECE_BYTES = 8 * 1024 * 1024;

const hash = new Sha256();
const pieces = [];
let loose = [];
let looseBytes = 0;

self.addEventListener("message", ({ data }) => {
  if (data.chunks !== undefined) {
    for (const chunk of data.chunks) hash.update(new Uint8Array(chunk));
    if (data.keep) keep(data.chunks);
    self.postMessage({ taken: true });
  } else {
    flush();
    self.postMessage({ sha256: hash.digest(), blob: new Blob(pieces, { type: "application/octet-stream" }) });
  }
});

function keep(chunks) {
  for (const chunk of chunks) {
    loose.push(chunk);
    looseBytes += chunk.byteLength;
  }
  if (looseBytes >= PIECE_BYTES) flush();
}

function flush() {
  if (looseBytes > 0) pieces.push(new Blob(loose));
  loose = [];
  looseBytes = 0;
}
