// Gives what a browser sends to another program, as plain RTP. Nothing is decoded.
//   node examples/rtp-out.mjs 5004 5006 call.sdp      then paste the browser's offer; call.sdp is for the other program
//   ffplay -protocol_whitelist file,udp,rtp call.sdp
//   ffmpeg -protocol_whitelist file,udp,rtp -i call.sdp -c copy call.mkv
//   gst-launch-1.0 udpsrc port=5004 caps="application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96" \
//     ! rtpvp8depay ! vp8dec ! autovideosink
// The page offers its camera with:
//   const pc = new RTCPeerConnection();
//   const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
//   for (const track of stream.getTracks()) pc.addTrack(track, stream);
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { RTCPeerConnection, RTCRtpReceiver } from "skywave";
import { RtpWriter, subscribe } from "skywave/media";

const HOST = "127.0.0.1";
const OUTPUTS = {
  video: { port: Number(process.argv[2]), payloadType: 96, mimeType: "video/VP8", rtpmap: "VP8/90000" },
  audio: { port: Number(process.argv[3]), payloadType: 97, mimeType: "audio/opus", rtpmap: "opus/48000/2" },
};
const path = process.argv[4];
if (!OUTPUTS.video.port || !OUTPUTS.audio.port || path === undefined) {
  console.error("usage: rtp-out.mjs VIDEO-PORT AUDIO-PORT FILE.sdp");
  process.exit(2);
}
const media = Object.entries(OUTPUTS).flatMap(([kind, { port, payloadType, rtpmap }]) => [
  `m=${kind} ${port} RTP/AVP ${payloadType}`,
  `a=rtpmap:${payloadType} ${rtpmap}`,
]);
const session = ["v=0", `o=- 0 0 IN IP4 ${HOST}`, "s=Skywave", `c=IN IP4 ${HOST}`, "t=0 0"];
writeFileSync(path, `${[...session, ...media].join("\n")}\n`);
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();
const socket = createSocket("udp4");

connection.ontrack = ({ track }) => {
  const { port, ...format } = OUTPUTS[track.kind];
  const writer = new RtpWriter({ formats: [format] });
  const subscription = subscribe(track, {
    packets(packets) {
      for (const packet of packets) {
        const datagram = writer.write(packet);
        if (datagram) socket.send(datagram, port, HOST);
      }
    },
  });
  // Who listens may begin at any moment, and cannot ask for a key frame.
  if (track.kind === "video") setInterval(() => subscription.requestKeyFrame(), 2000).unref();
};

await connection.setRemoteDescription(JSON.parse(await terminal.question("offer: ")));
for (const transceiver of connection.getTransceivers()) {
  const { kind } = transceiver.receiver.track;
  const { codecs } = RTCRtpReceiver.getCapabilities(kind);
  // One codec for the other program, and retransmissions for us.
  const wanted = [OUTPUTS[kind].mimeType, `${kind}/rtx`];
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => wanted.includes(mimeType)));
}
await connection.setLocalDescription();
while (connection.iceGatheringState !== "complete") {
  await new Promise((resolve) =>
    connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
  );
}
console.log(JSON.stringify(connection.localDescription));
connection.onconnectionstatechange = () => {
  if (["failed", "closed"].includes(connection.connectionState)) process.exit(1);
};
terminal.on("close", () => process.exit());
