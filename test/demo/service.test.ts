import { existsSync } from "node:fs";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  answer,
  MAX_SECTIONS,
  MAX_SIGNAL_BYTES,
  MAX_TABS,
  parseSignal,
  type Service,
  startService,
} from "./demo.testing.ts";

/** A connection that never comes to be: these tests are about what happens before. */
class IdleConnection extends EventTarget {
  readonly connectionState = "new";
  readonly signalingState = "stable";
  readonly sctp = null;
  createDataChannel(): EventTarget {
    return Object.assign(new EventTarget(), { readyState: "connecting" });
  }
  async setRemoteDescription(): Promise<void> {
    throw new SyntaxError("line 1: expected v=0");
  }
  async addIceCandidate(): Promise<void> {
    throw new TypeError("no such candidate");
  }
  close(): void {}
}

let service: Service;
let sockets: WebSocket[];

beforeEach(async () => {
  sockets = [];
  service = await startService({ RTCPeerConnection: IdleConnection, port: 0, hosts: ["127.0.0.1"] });
});

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await service.close();
});

/** A tab's WebSocket, open. `next()` resolves to its next message, or to the code with which it closes. */
async function connect(headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${service.port}/signal`, { headers });
  sockets.push(socket);
  const arrived: (Record<string, unknown> | number)[] = [];
  let wake = () => {};
  const put = (item: Record<string, unknown> | number) => {
    arrived.push(item);
    wake();
  };
  socket.on("message", (data) => put(JSON.parse(String(data)) as Record<string, unknown>));
  socket.on("close", put);
  socket.on("error", () => {});
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (_request, { statusCode }) =>
      reject(new Error(`status ${statusCode}`)),
    );
    socket.once("error", reject);
  });
  const next = async () => {
    while (arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return arrived.shift()!;
  };
  const send = (message: unknown) =>
    socket.send(typeof message === "string" ? message : JSON.stringify(message));
  return { socket, next, send };
}

async function join() {
  const tab = await connect();
  tab.send({ type: "hello", offer: "page" });
  const welcome = await tab.next();
  return { ...tab, welcome };
}

describe("signalling", () => {
  test("greets a tab with a name of its own", async () => {
    expect((await join()).welcome).toEqual({ type: "welcome", name: "Alfa" });
    expect((await join()).welcome).toEqual({ type: "welcome", name: "Bravo" });
  });

  test.each([
    ["no JSON", "{"],
    ["an array", "[]"],
    ["null", "null"],
    ["an unknown type", '{"type":"__proto__"}'],
    ["a hello without a side", '{"type":"hello"}'],
    ["a description without SDP", '{"type":"description","description":{"type":"offer"}}'],
    ["a rollback", '{"type":"description","description":{"type":"rollback","sdp":""}}'],
    ["a candidate that is a number", '{"type":"candidate","candidate":{"candidate":7}}'],
    ["a candidate without end", `{"type":"candidate","candidate":{"candidate":"${"x".repeat(2000)}"}}`],
  ])("drops %s with a message, and the tab may go on", async (_what, text) => {
    const tab = await connect();
    tab.send(text);
    expect(await tab.next()).toMatchObject({ type: "error", message: expect.stringContaining("dropped") });
    tab.send({ type: "hello", offer: "page" });
    expect(await tab.next()).toMatchObject({ type: "welcome" });
  });

  test("sends a tab away after ten malformed messages", async () => {
    const tab = await connect();
    for (let count = 0; count < 10; count++) tab.send("{");
    for (let count = 0; count < 10; count++) await tab.next();
    expect(await tab.next()).toEqual({ type: "error", message: "too many malformed signalling messages" });
    expect(await tab.next()).toBe(1008);
  });

  test("closes on a message over the limit (1009), and serves the next tab", async () => {
    const tab = await connect();
    tab.send("x".repeat(MAX_SIGNAL_BYTES + 1));
    expect(await tab.next()).toBe(1009);
    expect((await join()).welcome).toMatchObject({ type: "welcome" });
  });

  test("a description that cannot be used ends the tab's peer, with the reason", async () => {
    const tab = await join();
    tab.send({ type: "description", description: { type: "offer", sdp: "nonsense" } });
    expect(await tab.next()).toEqual({
      type: "error",
      message: "description refused: line 1: expected v=0",
    });
    expect(await tab.next()).toBe(1008);
  });

  test("a description with more sections than are ever needed is not even looked at", async () => {
    const tab = await join();
    const sdp = `v=0${"\nm=audio 9 X 0".repeat(MAX_SECTIONS + 1)}`;
    tab.send({ type: "description", description: { type: "offer", sdp } });
    expect(await tab.next()).toMatchObject({ message: expect.stringContaining("25 sections") });
    expect(await tab.next()).toBe(1008);
  });

  test("a candidate that cannot be used is ignored", async () => {
    const tab = await join();
    tab.send({ type: "candidate", candidate: { candidate: "candidate:nonsense" } });
    tab.send("{");
    expect(await tab.next()).toMatchObject({ message: expect.stringContaining("not JSON") });
    expect(tab.socket.readyState).toBe(WebSocket.OPEN);
  });

  test("a description before hello is refused", async () => {
    const tab = await connect();
    tab.send({ type: "description", description: { type: "offer", sdp: "" } });
    expect(await tab.next()).toEqual({ type: "error", message: "hello comes first" });
  });

  test(`takes ${MAX_TABS} tabs, tells the next one why not, and takes it when one has gone`, async () => {
    const tabs = await Promise.all(Array.from({ length: MAX_TABS }, join));
    expect(new Set(tabs.map(({ welcome }) => (welcome as { name: string }).name)).size).toBe(MAX_TABS);
    const refused = await join();
    expect(refused.welcome).toMatchObject({ type: "error", message: expect.stringContaining("32 tabs") });
    tabs[0]!.socket.close();
    await tabs[0]!.next();
    expect((await join()).welcome).toMatchObject({ type: "welcome", name: expect.any(String) });
  });

  test("refuses a page of another site", async () => {
    await expect(connect({ origin: "https://elsewhere.example" })).rejects.toThrow("status 403");
    await expect(connect({ origin: "null" })).rejects.toThrow("status 403");
    await expect(connect({ origin: `http://127.0.0.1:${service.port}` })).resolves.toBeDefined();
  });

  test("says goodbye to its tabs when it stops, and removes its folder", async () => {
    const tab = await join();
    expect(existsSync(service.directory)).toBe(true);
    await service.close();
    expect(await tab.next()).toBe(1001);
    expect(existsSync(service.directory)).toBe(false);
  });
});

describe("the page's files", () => {
  function get(path: string, method = "GET") {
    return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
      (resolve, reject) => {
        // Not fetch: that would tidy the path up.
        const call = request({ port: service.port, host: "127.0.0.1", path, method }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (text) => (body += text));
          response.on("end", () =>
            resolve({ status: response.statusCode!, headers: response.headers, body }),
          );
        });
        call.on("error", reject);
        call.end();
      },
    );
  }

  test("the page comes with a policy that allows nothing from elsewhere", async () => {
    const { status, headers, body } = await get("/?offer=node");
    expect(status).toBe(200);
    expect(body).toContain("<title>Skywave");
    expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  test.each([
    "/../server.mjs",
    "/..%2fserver.mjs",
    "/%2e%2e/package.json",
    "//etc/passwd",
    "/\\..\\server.mjs",
    "/public/",
  ])("%s is not there", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test("only GET and HEAD", async () => {
    expect((await get("/", "POST")).status).toBe(405);
    expect(await get("/", "HEAD")).toMatchObject({ status: 200, body: "" });
  });
});

describe("the bot", () => {
  const context = {
    name: "Alfa",
    tabs: ["Alfa"],
    files: 0,
    usedBytes: 0,
    bytesIn: 0,
    bytesOut: 0,
    broadcast() {},
  };

  test.each([
    ["/echo  a b ", "a b"],
    ["/HASH abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    ["/roll 100d6", "Like this: /roll 2d6."],
    ["/constructor", "I do not know /constructor. /help lists what I know."],
    ["  ", undefined],
  ])("answers %j with %j", (text, expected) => {
    expect(answer(text, context)).toBe(expected);
  });

  test.each([
    "/help",
    "/time",
    "/stats",
    "/who",
    "/path",
    "/roll",
    "/roll 3d8",
    "/",
    "hello",
    "why?",
    "x".repeat(5000),
  ])("has something to say to %j", (text) => {
    expect(answer(text, context)).toEqual(expect.any(String));
  });
});

test("a signal's shape is rebuilt, so that nothing extra gets through", () => {
  const text = '{"type":"candidate","candidate":{"candidate":"c","sdpMid":"0","extra":1},"more":2}';
  expect(parseSignal(text)).toEqual({
    type: "candidate",
    candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: null, usernameFragment: null },
  });
});
