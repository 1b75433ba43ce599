// Many connected pairs in one process: what a connection costs in memory, to make, and to keep. Started by measure.mjs.
import { load } from "./implementations.mjs";

const { implementation, pairs, idleSeconds } = JSON.parse(process.argv[2]);
const { RTCPeerConnection } = await load(implementation);

const kept = [await connectPair(), await connectPair()];
await wait(500);
const memoryBefore = residentBytes();
const connectBefore = process.cpuUsage();
for (let i = 0; i < pairs; i++) kept.push(await connectPair());
const connectCpu = cpuMsSince(connectBefore);
await wait(1000);
const memoryAfter = residentBytes();
const idleBefore = process.cpuUsage();
await wait(idleSeconds * 1000);
process.send({
  kbPerConnection: (memoryAfter - memoryBefore) / 1024 / (2 * pairs),
  connectCpuMs: connectCpu / pairs,
  idleCpuMs: cpuMsSince(idleBefore) / idleSeconds / (2 * kept.length),
});

async function connectPair() {
  const a = new RTCPeerConnection({ iceServers: [] });
  const b = new RTCPeerConnection({ iceServers: [] });
  const near = a.createDataChannel("x");
  let far;
  b.ondatachannel = ({ channel }) => {
    far = channel;
  };
  await a.setLocalDescription(await a.createOffer());
  await gathered(a);
  await b.setRemoteDescription({ type: "offer", sdp: a.localDescription.sdp });
  await b.setLocalDescription(await b.createAnswer());
  await gathered(b);
  await a.setRemoteDescription({ type: "answer", sdp: b.localDescription.sdp });
  const deadline = performance.now() + 15_000;
  while (near.readyState !== "open" || !far) {
    if (performance.now() > deadline) throw new Error("the channel did not open");
    await wait(1);
  }
  return [a, b, near, far];
}

async function gathered(connection) {
  const deadline = performance.now() + 5000;
  while (connection.iceGatheringState !== "complete" && performance.now() < deadline) await wait(1);
}

function residentBytes() {
  globalThis.gc();
  return process.memoryUsage().rss;
}

function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
