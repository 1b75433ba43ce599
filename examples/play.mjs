// Plays an IVF file of VP8 (ffmpeg -i film.mp4 -c:v libvpx -g 30 film.ivf) to a browser, over and over. Nothing is coded.
//   node examples/play.mjs film.ivf      then paste the browser's offer
// The page wants to see it:
//   const pc = new RTCPeerConnection();
//   pc.addTransceiver("video", { direction: "recvonly" });
//   pc.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]); };
import { createInterface } from "node:readline/promises";
import { RTCPeerConnection } from "skywave";
import { TrackSource, trackFrom } from "skywave/media";
import { readIvf } from "./ivf.mjs";

const path = process.argv[2];
if (path === undefined) {
  console.error("usage: play.mjs FILE.ivf");
  process.exit(2);
}
const { fourcc, frames } = readIvf(path);
if (fourcc !== "VP80") throw new Error(`${path} holds ${fourcc}, not VP8`);
const duration = frames.at(-1).timestamp + 33_000;
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();
const source = new TrackSource("video", { label: path });
connection.addTrack(trackFrom(source));

let next = 0;
let begin;
let round = 0;
// A file cannot make a key frame: it jumps to the next one that it has.
source.onkeyframerequest = () => {
  if (begin === undefined) return; // it will begin with one
  const before = at(next);
  const ahead = frames.findIndex((frame, index) => index >= next && isKey(frame));
  if (ahead < 0) round++;
  next = Math.max(0, ahead);
  begin -= (at(next) - before) / 1000;
};

await connection.setRemoteDescription(JSON.parse(await terminal.question("offer: ")));
await connection.setLocalDescription();
while (connection.iceGatheringState !== "complete") {
  await new Promise((resolve) =>
    connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
  );
}
console.log(JSON.stringify(connection.localDescription));
connection.onconnectionstatechange = () => {
  if (connection.connectionState === "connected") play();
  if (connection.connectionState === "failed") process.exit(1);
};
terminal.on("close", () => process.exit());

function play() {
  begin ??= performance.now();
  while (at(next) / 1000 <= performance.now() - begin) {
    const frame = frames[next];
    source.writeFrame({
      type: isKey(frame) ? "key" : "delta",
      data: frame.data,
      timestamp: at(next),
      mimeType: "video/VP8",
    });
    next++;
    if (next === frames.length) [next, round] = [0, round + 1];
  }
  setTimeout(play, 5);
}

/** Microseconds since the film began for the first time. */
function at(index) {
  return round * duration + frames[index].timestamp;
}

/** RFC 6386 §9.1: the first bit of a frame is 0 if it is a key frame. */
function isKey({ data }) {
  return (data[0] & 1) === 0;
}
