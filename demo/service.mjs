// The demo as one object: http for the page, WebSocket for signalling, and a Node peer for every tab.

import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { Lobby, MAX_TABS } from "./lobby.mjs";
import { TabPeer } from "./peer.mjs";
import { MAX_SIGNAL_BYTES, parseSignal } from "./public/signals.js";
import { Stage } from "./stage.mjs";
import { serveStatic } from "./static.mjs";
import { FileStore } from "./store.mjs";

/**
 * Signalling messages of one tab: so many at once, and then so many a second. A session begins with about twenty, and each
 * camera that comes or goes takes two.
 */
const MAX_SIGNALS = 500;
const SIGNALS_PER_SECOND = 5;
/** Malformed ones, after which a tab is sent away. */
const MAX_MALFORMED = 10;
const HELLO_DEADLINE_MS = 10_000;

/**
 * Starts it. `RTCPeerConnection` is the class to use; `videoCodecs` are those that tabs can show each other; `hosts` the
 * addresses to listen on (the first must work, the others may not exist here); `port` 0 takes a free one; `limits` are those of the file store; `log(line)` gets a line per event.
 */
export async function startService({
  RTCPeerConnection,
  videoCodecs = [],
  port,
  hosts,
  limits,
  log = () => {},
}) {
  const store = new FileStore(limits);
  const lobby = new Lobby(store);
  const stage = new Stage((level, text) => lobby.report(level, text));
  const counters = { in: 0, out: 0 };
  const onRequest = serveStatic(new URL("./public/", import.meta.url));
  const signalling = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_SIGNAL_BYTES,
    clientTracking: true,
  });
  const servers = [];

  const onUpgrade = (request, socket, head) => {
    socket.on("error", () => {});
    const refusal = whyRefused(request, signalling.clients.size);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\n\r\n`);
      return;
    }
    signalling.handleUpgrade(request, socket, head, (webSocket) => {
      attendTab(webSocket, { RTCPeerConnection, videoCodecs, lobby, stage, store, counters, log });
    });
  };

  try {
    for (const host of hosts) {
      const server = createServer(onRequest);
      server.on("upgrade", onUpgrade);
      try {
        await listen(server, servers[0]?.address().port ?? port, host);
        servers.push(server);
      } catch (error) {
        if (servers.length === 0) throw error;
      }
    }
  } catch (error) {
    store.close();
    throw error;
  }

  return {
    port: servers[0].address().port,
    directory: store.directory,
    /** Says goodbye to the tabs, frees the ports, removes the files. */
    async close() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const webSocket of signalling.clients) webSocket.close(1001, "the server is stopping");
      for (const server of servers) server.closeIdleConnections();
      const cut = setTimeout(() => {
        for (const webSocket of signalling.clients) webSocket.terminate();
        for (const server of servers) server.closeAllConnections();
      }, 500);
      await Promise.all(closed);
      clearTimeout(cut);
      store.close();
    },
    /** The synchronous part of `close()`, for an `exit` handler. */
    removeFiles: () => store.close(),
  };
}

/** One tab, from its WebSocket's opening to its end. The WebSocket is the tab's life: when it goes, the peer goes. */
function attendTab(webSocket, { lobby, log, ...shared }) {
  let peer;
  const budget = { signals: MAX_SIGNALS, at: performance.now() };
  let malformed = 0;
  const send = (signal) => {
    if (webSocket.readyState === webSocket.OPEN) webSocket.send(JSON.stringify(signal));
  };
  const refuse = (message) => {
    send({ type: "error", message });
    webSocket.close(1008);
  };
  const helloDeadline = setTimeout(refuse, HELLO_DEADLINE_MS, "no hello came");

  const onHello = (hello) => {
    clearTimeout(helloDeadline);
    const name = lobby.freeName();
    if (name === undefined) {
      refuse(
        `${MAX_TABS} tabs are connected, and that is the limit. Close one, and this page comes back by itself.`,
      );
      return;
    }
    log(`${name} came (${hello.offer} offers)`);
    send({ type: "welcome", name });
    const onClosed = (reason) => {
      log(`${name} left: ${reason}`);
      if (webSocket.readyState === webSocket.OPEN) refuse(reason);
    };
    peer = new TabPeer({ ...shared, name, lobby, send, onClosed });
    void peer.onSignal(hello);
  };

  webSocket.on("message", (data, isBinary) => {
    const signal = isBinary ? { type: "malformed", reason: "not text" } : parseSignal(data.toString());
    if (!spend(budget)) refuse("too many signalling messages");
    else if (signal.type === "malformed") {
      malformed += 1;
      send({ type: "error", message: `A signalling message was dropped: ${signal.reason}.` });
      if (malformed >= MAX_MALFORMED) refuse("too many malformed signalling messages");
    } else if (signal.type === "hello" && peer === undefined) onHello(signal);
    else if (peer !== undefined) void peer.onSignal(signal);
    else refuse("hello comes first");
  });
  // A message over maxPayload arrives here; `close` follows.
  webSocket.on("error", (error) => log(`signalling: ${error.message}`));
  webSocket.on("close", () => {
    clearTimeout(helloDeadline);
    peer?.close("the tab was closed");
  });
}

/** Takes one message from the budget; false when it is used up. */
function spend(budget) {
  const now = performance.now();
  const earned = ((now - budget.at) * SIGNALS_PER_SECOND) / 1000;
  budget.signals = Math.min(MAX_SIGNALS, budget.signals + earned) - 1;
  budget.at = now;
  return budget.signals >= 0;
}

/** A page of another site could otherwise open a WebSocket to this machine and send files here. */
function whyRefused({ url, headers }, clients) {
  if (url?.split("?", 1)[0] !== "/signal") return "404 Not Found";
  const { origin, host } = headers;
  if (origin !== undefined && !sameHost(origin, host)) return "403 Forbidden";
  if (clients >= MAX_TABS * 2) return "503 Service Unavailable";
  return undefined;
}

function sameHost(origin, host) {
  return URL.canParse(origin) && new URL(origin).host === host;
}

function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
