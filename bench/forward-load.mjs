// What is around a measured forwarder: one source of video, and those who receive it. Always ours, and not measured.
import { RTCPeerConnection, RTCRtpSender } from "skywave";
import { TrackSource, trackFrom } from "skywave/media";

const { receivers, seconds, bitRate } = JSON.parse(process.argv[2]);
const FRAMES_PER_SECOND = 30;
const MIME_TYPE = "video/VP8";
/** What is agreed on besides, as browsers do. */
const RTX = "video/rtx";
/**
 * Until the compiler has done its work, ms: with ten receivers its threads take a third of the forwarder's CPU time in the
 * first 15 seconds, whatever stack it is.
 */
const WARM_UP = 20_000;

const waiting = new Map();
let lastId = 0;
process.on("message", ({ id, ...answer }) => {
  waiting.get(id)?.(answer);
  waiting.delete(id);
});

const source = new TrackSource("video");
let keyFrameWanted = true;
source.onkeyframerequest = () => {
  keyFrameWanted = true;
};
const connections = [];
await connect("source", { direction: "sendonly" }, trackFrom(source));
sendFrames();
for (let i = 0; i < receivers; i++)
  connections.push(await connect("receiver", { direction: "recvonly" }, "video"));
await until(async () => (await packetsReceived()).every((count) => count > 0));
await wait(WARM_UP);

await ask("start");
const begun = performance.now();
const before = sum(await packetsReceived());
await wait(seconds * 1000);
const { cpu } = await ask("stop");
const packets = sum(await packetsReceived()) - before;
const wall = (performance.now() - begun) / 1000;
process.send({ result: { packetsPerCpuSecond: packets / cpu, packetsPerSecond: packets / wall, cpu } });

/** A connection of ours, connected; the forwarder answers. */
async function connect(type, init, media) {
  const connection = new RTCPeerConnection();
  const transceiver = connection.addTransceiver(media, init);
  const { codecs } = RTCRtpSender.getCapabilities("video");
  transceiver.setCodecPreferences(
    codecs.filter(({ mimeType }) => mimeType === MIME_TYPE || mimeType === RTX),
  );
  await connection.setLocalDescription();
  await until(() => connection.iceGatheringState === "complete");
  const { sdp } = await ask(type, { sdp: connection.localDescription.sdp });
  await connection.setRemoteDescription({ type: "answer", sdp });
  await until(() => connection.connectionState === "connected");
  return connection;
}

/** Frames that a VP8 depacketizer takes for such: their first bit says whether they need another one (RFC 7741 §4.3). */
function sendFrames() {
  const size = bitRate / 8 / FRAMES_PER_SECOND;
  const begin = performance.now();
  let frames = 0;
  setInterval(() => {
    for (; frames < ((performance.now() - begin) * FRAMES_PER_SECOND) / 1000; frames++) {
      const data = new Uint8Array(size).fill(frames);
      data[0] = keyFrameWanted ? 0x10 : 0x11;
      const type = keyFrameWanted ? "key" : "delta";
      keyFrameWanted = false;
      source.writeFrame({ type, data, timestamp: (frames * 1e6) / FRAMES_PER_SECOND, mimeType: MIME_TYPE });
    }
  }, 5);
}

function packetsReceived() {
  return Promise.all(
    connections.map(async (connection) => {
      for (const stats of (await connection.getStats()).values())
        if (stats.type === "inbound-rtp") return stats.packetsReceived;
      return 0;
    }),
  );
}

/** Asks the forwarder. */
function ask(type, message = {}) {
  const id = ++lastId;
  process.send({ id, type, ...message });
  return new Promise((resolve) => {
    waiting.set(id, resolve);
  });
}

async function until(condition) {
  while (!(await condition())) await wait(5);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
