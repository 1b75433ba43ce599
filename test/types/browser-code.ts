/** Code as it is written for browsers, with the classes of this package in their place. Compiled, never run. */
import {
  RTCDataChannel,
  type RTCDataChannelEvent,
  RTCIceCandidate,
  RTCPeerConnection,
  type RTCPeerConnectionIceEvent,
  RTCSessionDescription,
} from "skywave";

/** Takes what a page's own helper takes: `lib.dom`'s type. */
function logMessages(channel: globalThis.RTCDataChannel): void {
  channel.onmessage = (event) => console.log(event.data.length);
}

export async function call(signalling: WebSocket): Promise<void> {
  const configuration: RTCConfiguration = {
    iceServers: [{ urls: ["stun:stun.example.org"] }],
    bundlePolicy: "max-bundle",
  };
  const pc = new RTCPeerConnection(configuration);
  pc.onicecandidate = ({ candidate }) => signalling.send(JSON.stringify({ candidate }));
  pc.onnegotiationneeded = async () => {
    await pc.setLocalDescription();
    signalling.send(JSON.stringify({ description: pc.localDescription }));
  };
  pc.addEventListener("connectionstatechange", () => {
    if (pc.connectionState === "failed") pc.restartIce();
  });
  pc.addEventListener("icecandidate", (event: RTCPeerConnectionIceEvent) => {
    const address: string | null | undefined = event.candidate?.address;
    console.log(address);
  });
  pc.ondatachannel = (event: RTCDataChannelEvent) => logMessages(event.channel);

  signalling.onmessage = async ({ data }) => {
    const { description, candidate } = JSON.parse(data);
    if (description) {
      await pc.setRemoteDescription(new RTCSessionDescription(description));
      if (description.type === "offer") await pc.setLocalDescription(await pc.createAnswer());
    } else await pc.addIceCandidate(candidate && new RTCIceCandidate(candidate));
  };

  const channel = pc.createDataChannel("files", { ordered: false, maxRetransmits: 3 });
  channel.binaryType = "arraybuffer";
  channel.bufferedAmountLowThreshold = 65_536;
  channel.onopen = () => {
    channel.send("text");
    channel.send(new Uint8Array(8));
    channel.send(new ArrayBuffer(8));
    channel.send(new Blob(["blob"]));
  };
  channel.onmessage = ({ data }) => console.log(new Uint8Array(data));
  channel.onmessage = (event: MessageEvent<string>) => console.log(event.data.toUpperCase());
  channel.onerror = ({ error }) => console.log(error.errorDetail, error.sctpCauseCode);
  channel.addEventListener("message", (event) => console.log(event.data, event.origin), { once: true });
  channel.addEventListener("bufferedamountlow", function () {
    console.log(this.readyState);
  });
  console.log(channel instanceof RTCDataChannel, channel.id?.toFixed(), pc.sctp?.maxMessageSize);
}

export async function certificates(): Promise<void> {
  const certificate = await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" });
  const pc = new RTCPeerConnection({ certificates: [certificate] });
  const [fingerprint] = certificate.getFingerprints();
  console.log(fingerprint?.value, pc.getConfiguration().certificates?.length);
  pc.createOffer(
    (offer) => console.log(offer.sdp),
    (error) => console.log(error.name),
    { iceRestart: true },
  );
}
