// Shows a browser what another program sends as plain RTP: FFmpeg, GStreamer, a camera. Nothing is decoded.
//   node examples/rtp-in.mjs 5004 video/VP8 5006 audio/opus      then paste the browser's offer
//   ffmpeg -re -i film.mp4 -map 0:v -c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -g 60 -f rtp \
//     "rtp://127.0.0.1:5004?pkt_size=1200" -map 0:a -c:a libopus -f rtp "rtp://127.0.0.1:5006?pkt_size=1200"
// More command lines, of GStreamer too, are in examples/README.md.
// Packets have to be short (1,200 octets here), and key frames have to come by themselves: plain RTP cannot ask for them.
// The page wants to see it:
//   const pc = new RTCPeerConnection();
//   for (const kind of ["video", "audio"]) pc.addTransceiver(kind, { direction: "recvonly" });
//   pc.ontrack = ({ track }) => { video.srcObject = new MediaStream([...(video.srcObject?.getTracks() ?? []), track]); };
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { RTCPeerConnection } from "skywave";
import { RtpReader, TrackSource, trackFrom } from "skywave/media";

const inputs = process.argv.slice(2);
if (inputs.length === 0 || inputs.length % 2 !== 0) {
  console.error("usage: rtp-in.mjs PORT MIME-TYPE [PORT MIME-TYPE]");
  process.exit(2);
}
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();

for (let i = 0; i < inputs.length; i += 2) await listen(Number(inputs[i]), inputs[i + 1]);

/** Whatever comes to the port, under any payload type of one codec, goes to a track. */
async function listen(port, mimeType) {
  const kind = mimeType.startsWith("audio/") ? "audio" : "video";
  const formats = [0, 8, 9, ...Array.from({ length: 32 }, (_, index) => 96 + index)].map((payloadType) => ({
    payloadType,
    mimeType,
  }));
  const reader = new RtpReader({ formats });
  const source = new TrackSource(kind, { label: `port ${port}`, yieldsPackets: true });
  connection.addTrack(trackFrom(source));
  const socket = createSocket("udp4");
  socket.on("message", (datagram) => {
    const packet = reader.read(datagram);
    if (packet) source.writePackets([packet]);
  });
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  // Media bursts: a key frame is a hundred packets at once.
  socket.setRecvBufferSize(1 << 20);
  console.error(`${mimeType} on ${socket.address().port}`);
}

await connection.setRemoteDescription(JSON.parse(await terminal.question("offer: ")));
await connection.setLocalDescription();
while (connection.iceGatheringState !== "complete") {
  await new Promise((resolve) =>
    connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
  );
}
console.log(JSON.stringify(connection.localDescription));
connection.onconnectionstatechange = () => {
  if (connection.connectionState === "failed") process.exit(1);
};
terminal.on("close", () => process.exit());
