// Time to connect beside Chromium, in one run on one path: `node bench/connect.mjs [ROUNDS]`, after `npm run build`.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { loadavg, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { RTCPeerConnection } from "skywave";
import { launchChromium } from "../scripts/browser/launch.mjs";
import { openPath, openServerPath } from "./path.mjs";

const rounds = Number(process.argv[2] ?? 15);
/** Browsers keep away from loopback unless there is nothing else. */
const address = Object.values(networkInterfaces())
  .flatMap((infos) => infos ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;
if (address === undefined) throw new Error("this machine has no network");

/** One end of a connection: the same code runs here and in a page. */
function makeEnd(PeerConnection, configuration, tell) {
  const connection = new PeerConnection(configuration);
  const described = () => ({ type: connection.localDescription.type, sdp: withoutCandidates() });
  const withoutCandidates = () =>
    connection.localDescription.sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, "");
  const early = [];
  const give = (candidate) => connection.addIceCandidate(candidate ?? undefined);
  connection.onicecandidate = ({ candidate }) => tell("candidate", candidate?.toJSON() ?? null);
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === "connected") tell("connected");
  };
  const remote = async (description) => {
    await connection.setRemoteDescription(description);
    for (const candidate of early.splice(0)) await give(candidate);
  };
  return {
    async offer() {
      connection.createDataChannel("x");
      await connection.setLocalDescription();
      return described();
    },
    async answer(offer) {
      await remote(offer);
      await connection.setLocalDescription();
      return described();
    },
    accept: remote,
    async candidate(candidate) {
      if (connection.remoteDescription === null) early.push(candidate);
      else await give(candidate);
    },
    async close() {
      connection.close();
    },
  };
}

/**
 * Connects two ends; milliseconds from the first setLocalDescription until both are connected. `told`: the one candidate
 * that each is told of the other, that of a path; otherwise they trickle. `learn`: tells the path of the ends' own ones.
 */
async function connect(openA, openZ, told, learn) {
  let a;
  let z;
  let open = 2;
  let connected;
  const done = new Promise((resolve) => {
    connected = resolve;
  });
  const tell = (side, other) => (kind, value) => {
    if (kind === "candidate") {
      if (told === undefined) other()?.candidate(value);
      else if (value?.candidate) learn(side, value.candidate);
    } else if (--open === 0) connected();
  };
  a = await openA(tell("a", () => z));
  z = await openZ(tell("z", () => a));
  const begun = performance.now();
  const offer = await a.offer();
  const answered = z.answer(offer);
  if (told !== undefined) z.candidate({ candidate: told.z, sdpMid: "0" });
  await a.accept(await answered);
  if (told !== undefined) a.candidate({ candidate: told.a, sdpMid: "0" });
  await done;
  const time = performance.now() - begun;
  await Promise.all([a.close(), z.close()]);
  return time;
}

const here = (configuration) => async (tell) => makeEnd(RTCPeerConnection, configuration, tell);

/** An end in a page, of which only what it says and is told crosses over. */
function inPage(page, told, configuration) {
  return async (tell) => {
    told.tell = tell;
    await page.evaluate((options) => {
      globalThis.end = globalThis.makeEnd(RTCPeerConnection, options, globalThis.tell);
    }, configuration);
    const call = (name) => (value) =>
      page.evaluate((method, argument) => globalThis.end[method](argument), name, value);
    return Object.fromEntries(
      ["offer", "answer", "accept", "candidate", "close"].map((name) => [name, call(name)]),
    );
  };
}

async function openBrowser() {
  const launched = await launchChromium();
  const page = await launched.browser.newPage();
  const told = { tell: () => undefined, learn: () => undefined };
  await page.exposeFunction("tell", (kind, value) => told.tell(kind, value));
  await page.exposeFunction("learn", (side, candidate) => told.learn(side, candidate));
  await page.evaluate(`globalThis.makeEnd = ${makeEnd}; globalThis.connect = ${connect};`);
  return {
    version: launched.version,
    end: (configuration) => inPage(page, told, configuration),
    both(configuration, candidates, learn) {
      told.learn = learn;
      return page.evaluate(
        (options, toldCandidates) => {
          const open = async (tell) => globalThis.makeEnd(RTCPeerConnection, options, tell);
          return globalThis.connect(open, open, toldCandidates, globalThis.learn);
        },
        configuration,
        candidates,
      );
    },
    async roundTrip() {
      const begun = performance.now();
      await page.evaluate("0");
      return performance.now() - begun;
    },
    close: () => launched.close(),
  };
}

/** coturn on this machine; undefined where it is not installed. */
async function openRelay() {
  try {
    execFileSync("turnserver", ["--version"], { stdio: "ignore" });
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "skywave-bench-"));
  const port = await freePort();
  const child = spawn(
    "turnserver",
    [
      ...["-n", "--no-cli", "--no-tls", "--no-dtls", "--lt-cred-mech", "-u", "user:secret", "-r", "bench"],
      ...[
        "-L",
        address,
        "-E",
        address,
        "-p",
        String(port),
        "--simple-log",
        "--log-file",
        join(folder, "log"),
      ],
      ...["--pidfile", join(folder, "pid"), "-b", join(folder, "db")],
    ],
    { stdio: "ignore" },
  );
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return {
    port,
    close() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, address, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Runs `run` with the candidates of a fresh path of that round-trip time. */
async function throughPath(rtt, run) {
  const path = await openPath({ rtt, address });
  try {
    const learn = (side, candidate) => path.learn(side === "a" ? "a" : "b", candidate);
    return await run({ a: path.candidate("b"), z: path.candidate("a") }, learn);
  } finally {
    path.close();
  }
}

/** Runs `run` with a configuration that allows only relays at the server on that port. */
function relayed(port, run) {
  const server = { urls: `turn:${address}:${port}`, username: "user", credential: "secret" };
  return run({ iceServers: [server], iceTransportPolicy: "relay" });
}

/** The same through a fresh path to the server. */
async function relayedFar(rtt, run) {
  const path = await openServerPath({ rtt, address, port: relay.port });
  try {
    return await relayed(path.port, run);
  } finally {
    path.close();
  }
}

const browser = await openBrowser();
const relay = await openRelay();
const who = {
  "Node ↔ Node": (configuration, ...path) => connect(here(configuration), here(configuration), ...path),
  "Node → Chromium": (configuration, ...path) =>
    connect(here(configuration), browser.end(configuration), ...path),
  "Chromium → Node": (configuration, ...path) =>
    connect(browser.end(configuration), here(configuration), ...path),
  "Chromium ↔ Chromium": (configuration, ...path) => browser.both(configuration, ...path),
};
const paths = {
  "no delay": (run) => throughPath(0, (...path) => run({}, ...path)),
  "50 ms each way": (run) => throughPath(100, (...path) => run({}, ...path)),
  ...(relay && {
    "coturn on both sides, no delay": (run) => relayed(relay.port, run),
    "coturn on both sides, 50 ms each way to it": (run) => relayedFar(100, run),
  }),
};

const times = Object.fromEntries(
  Object.keys(paths).map((path) => [path, Object.fromEntries(Object.keys(who).map((pair) => [pair, []]))]),
);
for (let round = -1; round < rounds; round++) {
  for (const [path, through] of Object.entries(paths)) {
    for (const [pair, run] of Object.entries(who)) {
      const time = await through(run);
      // The first round warms up.
      if (round >= 0) times[path][pair].push(time);
    }
  }
}

const quantile = (values, q) => values.toSorted((x, y) => x - y)[Math.floor((values.length - 1) * q)];
const names = Object.keys(who);
const roundTrips = [];
for (let i = 0; i < 50; i++) roundTrips.push(await browser.roundTrip());
console.log(`${browser.version}, Node ${process.version}, ${rounds} rounds, load ${loadavg()[0].toFixed(1)}`);
console.log(`One call into the page: ${quantile(roundTrips, 0.5).toFixed(1)} ms\n`);
console.log(
  `| ms until connected: median (a quarter, three quarters) | ${names.join(" | ")} | Node ÷ Chromium |`,
);
console.log(`| --- |${" --- |".repeat(names.length + 1)}`);
for (const [path, measured] of Object.entries(times)) {
  const cells = names.map((name) => {
    const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(measured[name], q).toFixed(0));
    return `${middle} (${low}, ${high})`;
  });
  const ratio = quantile(measured[names[0]], 0.5) / quantile(measured[names.at(-1)], 0.5);
  console.log(`| ${path} | ${cells.join(" | ")} | ${ratio.toFixed(2)} |`);
}
relay?.close();
await browser.close();
