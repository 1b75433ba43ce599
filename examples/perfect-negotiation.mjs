// Two peers that both offer whenever they like: perfect negotiation (webrtc-pc §10.7), with the polite and the impolite
// side in one process. In an application, each side runs `negotiate` with a WebSocket or the like as its signalling.
//   node examples/perfect-negotiation.mjs
import { MessageChannel } from "node:worker_threads";
import { MediaStream, RTCPeerConnection } from "skywave";
import { createTrack } from "skywave/media";

/** The same code on both sides; `polite`: on one of them. `signalling` has postMessage() and a message event. */
function negotiate(pc, signalling, polite) {
  let makingOffer = false;
  let ignoringOffer = false;
  let settingAnswer = false;

  pc.onnegotiationneeded = async () => {
    try {
      makingOffer = true;
      await pc.setLocalDescription();
      signalling.postMessage({ description: pc.localDescription.toJSON() });
    } finally {
      makingOffer = false;
    }
  };
  pc.onicecandidate = ({ candidate }) => signalling.postMessage({ candidate: candidate?.toJSON() });

  signalling.on("message", async ({ description, candidate }) => {
    if (!description) {
      await pc.addIceCandidate(candidate).catch((error) => {
        if (!ignoringOffer) throw error;
      });
      return;
    }
    const ready = !makingOffer && (pc.signalingState === "stable" || settingAnswer);
    ignoringOffer = description.type === "offer" && !ready && !polite;
    if (ignoringOffer) return;
    settingAnswer = description.type === "answer";
    await pc.setRemoteDescription(description); // Rolls an offer of our own back, if need be.
    settingAnswer = false;
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    signalling.postMessage({ description: pc.localDescription.toJSON() });
  });
}

const { port1, port2 } = new MessageChannel();
const polite = new RTCPeerConnection();
const impolite = new RTCPeerConnection();
negotiate(polite, port1, true);
negotiate(impolite, port2, false);

// Both add something at the same moment: their offers meet half-way.
polite.addTrack(createTrack("audio"), new MediaStream());
impolite.addTrack(createTrack("audio"), new MediaStream());
const channel = impolite.createDataChannel("chat");

polite.ondatachannel = ({ channel: other }) => {
  other.onmessage = ({ data }) => other.send(`${data} yourself`);
};
const answer = await new Promise((resolve) => {
  channel.onopen = () => channel.send("hello");
  channel.onmessage = ({ data }) => resolve(data);
});
const [transceiver] = polite.getTransceivers();
console.log(
  `${answer}; audio is ${transceiver.currentDirection}, ${polite.getTransceivers().length} section`,
);

polite.close();
impolite.close();
port1.close();
