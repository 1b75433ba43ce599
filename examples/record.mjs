// Records what a browser sends: its video in VP8 as an IVF file, its audio as an Ogg Opus file. Nothing is decoded.
//   node examples/record.mjs recording      then paste the browser's offer; Ctrl+C ends the files
// The page offers its camera with:
//   const pc = new RTCPeerConnection();
//   const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
//   for (const track of stream.getTracks()) pc.addTrack(track, stream);
import { createInterface } from "node:readline/promises";
import { RTCPeerConnection, RTCRtpReceiver } from "skywave";
import { subscribe } from "skywave/media";
import { IvfWriter } from "./ivf.mjs";
import { OggOpusWriter } from "./ogg-opus.mjs";

const name = process.argv[2];
if (name === undefined) {
  console.error("usage: record.mjs NAME");
  process.exit(2);
}
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();
const files = [];

connection.ontrack = ({ track }) => {
  const file = track.kind === "video" ? new IvfWriter(`${name}.ivf`) : new OggOpusWriter(`${name}.opus`);
  files.push(file);
  const subscription = subscribe(track, { frame: (frame) => file.write(frame) });
  if (track.kind === "video") subscription.requestKeyFrame();
  track.onmute = () => console.error(`${track.kind}: the page is silent`);
};

await connection.setRemoteDescription(JSON.parse(await terminal.question("offer: ")));
for (const transceiver of connection.getTransceivers()) {
  const { kind } = transceiver.receiver.track;
  const { codecs } = RTCRtpReceiver.getCapabilities(kind);
  // What the files can hold, and its retransmissions.
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /\/(vp8|rtx|opus)$/i.test(mimeType)));
}
await connection.setLocalDescription();
while (connection.iceGatheringState !== "complete") {
  await new Promise((resolve) =>
    connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
  );
}
console.log(JSON.stringify(connection.localDescription));

/** The end: the page has gone, or Ctrl+C. */
const ended = new Promise((resolve) => {
  connection.onconnectionstatechange = () => {
    if (["failed", "closed"].includes(connection.connectionState)) resolve();
  };
  terminal.on("SIGINT", resolve);
  terminal.on("close", resolve);
  process.once("SIGTERM", resolve);
});
await ended;
connection.close();
for (const file of files) console.error(file.close());
terminal.close();
