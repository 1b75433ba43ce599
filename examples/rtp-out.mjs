// Gives what a browser sends to another program, as plain RTP. Nothing is decoded.
//   node examples/rtp-out.mjs 5004 video/VP8 5006 audio/opus call.sdp      then paste the browser's offer
// call.sdp is for the other program, which has to listen before the call begins; FFmpeg waits for ten seconds:
//   ffplay -protocol_whitelist file,udp,rtp call.sdp
//   ffmpeg -protocol_whitelist file,udp,rtp -i call.sdp -c copy call.mkv
//   gst-launch-1.0 udpsrc port=5004 caps="application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96" \
//     ! rtpjitterbuffer ! rtpvp8depay ! vp8dec ! videoconvert ! autovideosink
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
const FORMATS = {
  "video/VP8": { payloadType: 96, rtpmap: "VP8/90000" },
  "video/VP9": { payloadType: 96, rtpmap: "VP9/90000" },
  "video/H264": { payloadType: 96, rtpmap: "H264/90000", fmtp: "packetization-mode=1" },
  "video/H265": { payloadType: 96, rtpmap: "H265/90000" },
  "audio/opus": { payloadType: 97, rtpmap: "opus/48000/2" },
  "audio/PCMU": { payloadType: 0, rtpmap: "PCMU/8000" },
  "audio/PCMA": { payloadType: 8, rtpmap: "PCMA/8000" },
  "audio/G722": { payloadType: 9, rtpmap: "G722/8000" },
};
const [path, ...backwards] = process.argv.slice(2).reverse();
const outputs = new Map();
for (let i = backwards.length; i >= 2; i -= 2) {
  const [mimeType, port] = backwards.slice(i - 2, i);
  if (FORMATS[mimeType] && Number(port) > 0)
    outputs.set(mimeType.split("/")[0], { mimeType, port: Number(port), ...FORMATS[mimeType] });
}
if (outputs.size === 0 || outputs.size * 2 !== backwards.length) {
  console.error(`usage: rtp-out.mjs PORT MIME-TYPE [PORT MIME-TYPE] FILE.sdp, of ${Object.keys(FORMATS)}`);
  process.exit(2);
}
const description = ["v=0", `o=- 0 0 IN IP4 ${HOST}`, "s=Skywave", `c=IN IP4 ${HOST}`, "t=0 0"];
for (const [kind, { port, payloadType, rtpmap, fmtp }] of outputs) {
  description.push(`m=${kind} ${port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${rtpmap}`);
  if (fmtp) description.push(`a=fmtp:${payloadType} ${fmtp}`);
}
writeFileSync(path, `${description.join("\n")}\n`);
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();
const socket = createSocket("udp4");
/** What says goodbye, for each track. */
const farewells = [];

connection.ontrack = ({ track }) => {
  const output = outputs.get(track.kind);
  if (!output) return;
  const { port, payloadType, mimeType } = output;
  const writer = new RtpWriter({ formats: [{ payloadType, mimeType }] });
  let reportedAt = Number.NEGATIVE_INFINITY;
  const subscription = subscribe(track, {
    packets(packets) {
      for (const packet of packets) {
        const datagram = writer.write(packet);
        if (!datagram) continue;
        const now = Date.now();
        // Audio and video are lined up by reports (RTCP, on the next port): one goes ahead of everything.
        if (now - reportedAt >= 1000) {
          socket.send(writer.report(now, "skywave"), port + 1, HOST);
          reportedAt = now;
        }
        socket.send(datagram, port, HOST);
      }
    },
  });
  farewells.push(() => {
    const bye = writer.bye(Date.now(), "skywave");
    if (bye) return new Promise((resolve) => socket.send(bye, port + 1, HOST, resolve));
  });
  // Who listens may begin at any moment, and cannot ask for a key frame.
  if (track.kind === "video") setInterval(() => subscription.requestKeyFrame(), 2000).unref();
};

/** The other program ends its file when all streams have said goodbye. */
async function end(code) {
  await Promise.all(farewells.map((farewell) => farewell()));
  process.exit(code);
}

await connection.setRemoteDescription(JSON.parse(await terminal.question("offer: ")));
for (const transceiver of connection.getTransceivers()) {
  const { kind } = transceiver.receiver.track;
  const { codecs } = RTCRtpReceiver.getCapabilities(kind);
  // One codec for the other program, and retransmissions for us.
  const wanted = [outputs.get(kind)?.mimeType, `${kind}/rtx`];
  if (outputs.has(kind))
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => wanted.includes(mimeType)));
  else transceiver.direction = "inactive";
}
await connection.setLocalDescription();
while (connection.iceGatheringState !== "complete") {
  await new Promise((resolve) =>
    connection.addEventListener("icegatheringstatechange", resolve, { once: true }),
  );
}
console.log(JSON.stringify(connection.localDescription));
connection.onconnectionstatechange = () => {
  if (["failed", "closed"].includes(connection.connectionState)) end(1);
};
terminal.on("close", () => end(0));
