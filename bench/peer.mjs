// One end of a measured connection, in a process of its own; started by measure.mjs, which carries its signalling.
// Side "a" offers, sends and takes the time; side "b" answers.
import { load } from "./implementations.mjs";

const { side, implementation, mode, seconds, size, count } = JSON.parse(process.argv[2]);
const HIGH_WATER = 4 << 20;
const LOW_WATER = 1 << 20;
/** The first connections of a set-up measurement warm up the compiler and do not count. */
const WARM_UP = 3;

const { RTCPeerConnection } = await load(implementation);
const inbox = [];
let wake;
process.on("message", (message) => {
  inbox.push(message);
  wake?.();
});

const measurements = { bulk: throughput, small: throughput, rtt: roundTrips, setup: setUps, probe };
await measurements[mode]();

/** Only shows that the implementation loads and can make a connection. */
async function probe() {
  new RTCPeerConnection({ iceServers: [] }).close();
  finish({}, process.cpuUsage());
}

async function setUps() {
  const times = [];
  let before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    if (i === WARM_UP) before = process.cpuUsage();
    const started = performance.now();
    const { connection } = await connect();
    if (i >= WARM_UP) times.push(performance.now() - started);
    process.send({ type: "bye" });
    await next("bye");
    connection.close();
  }
  finish(side === "a" ? { p50ms: percentile(times, 0.5), p95ms: percentile(times, 0.95) } : {}, before);
}

async function roundTrips() {
  const { channel } = await connect();
  if (side === "b") {
    channel.onmessage = ({ data }) => channel.send(data);
    const before = process.cpuUsage();
    process.send({ type: "ready" });
    await next("end");
    return finish({}, before);
  }
  await next("ready");
  const message = new Uint8Array(size);
  const times = [];
  const before = process.cpuUsage();
  const stop = performance.now() + seconds * 1000;
  await new Promise((resolve) => {
    let sent = performance.now();
    channel.onmessage = () => {
      const now = performance.now();
      times.push(now - sent);
      if (now > stop) return resolve();
      sent = performance.now();
      channel.send(message);
    };
    channel.send(message);
  });
  process.send({ type: "end" });
  finish({ p50us: percentile(times, 0.5) * 1000, p99us: percentile(times, 0.99) * 1000 }, before);
}

async function throughput() {
  const { channel } = await connect();
  await (side === "a" ? sendAll(channel) : receiveAll(channel));
}

async function receiveAll(channel) {
  const received = { bytes: 0, messages: 0 };
  let first;
  let last;
  const before = process.cpuUsage();
  channel.onmessage = ({ data }) => {
    last = performance.now();
    first ??= last;
    received.bytes += data.byteLength ?? data.length;
    received.messages++;
  };
  process.send({ type: "ready" });
  await next("end");
  await wait(300);
  finish({ ...received, wall: (last - first) / 1000 }, before);
}

async function sendAll(channel) {
  await next("ready");
  const message = new Uint8Array(size);
  const before = process.cpuUsage();
  const stop = performance.now() + seconds * 1000;
  channel.bufferedAmountLowThreshold = LOW_WATER;
  await new Promise((resolve) => {
    let timer;
    const pump = () => {
      clearTimeout(timer);
      for (let n = 0; n < 256 && channel.bufferedAmount < HIGH_WATER; n++) {
        if (performance.now() > stop) return resolve();
        channel.send(message);
      }
      if (channel.bufferedAmount < HIGH_WATER) setImmediate(pump);
      else timer = setTimeout(pump, 20); // not everybody fires bufferedamountlow
    };
    channel.onbufferedamountlow = pump;
    pump();
  });
  process.send({ type: "end" });
  finish({}, before);
}

/** Connects without trickling: every implementation can do that, and it is what they have in common. */
async function connect() {
  const connection = new RTCPeerConnection({ iceServers: [] });
  let channel;
  if (side === "a") {
    channel = connection.createDataChannel("bench");
    await connection.setLocalDescription(await connection.createOffer());
    await gathered(connection);
    process.send({ type: "offer", sdp: connection.localDescription.sdp });
    const { sdp } = await next("answer");
    await connection.setRemoteDescription({ type: "answer", sdp });
  } else {
    const { sdp } = await next("offer");
    const announced = new Promise((resolve) => {
      connection.ondatachannel = (event) => resolve(event.channel);
    });
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    process.send({ type: "answer", sdp: connection.localDescription.sdp });
    channel = await announced;
  }
  channel.binaryType = "arraybuffer";
  const deadline = performance.now() + 10_000;
  while (channel.readyState !== "open") {
    if (performance.now() > deadline) throw new Error("the channel did not open");
    await wait(1);
  }
  if (mode !== "setup") await wait(200);
  return { connection, channel };
}

async function gathered(connection) {
  const deadline = performance.now() + 5000;
  while (connection.iceGatheringState !== "complete" && performance.now() < deadline) await wait(1);
}

/** The next message of a type, whenever it came. */
async function next(type) {
  for (;;) {
    const index = inbox.findIndex((message) => message.type === type);
    if (index >= 0) return inbox.splice(index, 1)[0];
    await new Promise((resolve) => {
      wake = resolve;
    });
  }
}

function finish(values, before) {
  const { user, system } = process.cpuUsage(before);
  process.send({ side, result: { ...values, cpu: (user + system) / 1e6 } });
}

function percentile(values, fraction) {
  values.sort((x, y) => x - y);
  return values[Math.min(values.length - 1, Math.floor(values.length * fraction))];
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
