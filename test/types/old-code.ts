/** Code of other days and of webrtc-extensions, as applications write it. Compiled, never run. */
import { RTCPeerConnection, RTCRtpReceiver, RTCRtpSender } from "skywave";
import type { LegacyPeerConnection } from "skywave/legacy";

export async function media(stream: globalThis.MediaStream, pc: globalThis.RTCPeerConnection): Promise<void> {
  // A page's own connection and one of this package are used alike.
  const ours = new RTCPeerConnection();
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  const transceiver = ours.addTransceiver("video", {
    direction: "sendonly",
    sendEncodings: [
      { rid: "q", scaleResolutionDownBy: 4, scalabilityMode: "L1T3" },
      { rid: "f", maxBitrate: 2_500_000, maxFramerate: 30, priority: "high", networkPriority: "medium" },
    ],
  });
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === "video/VP9"));
  const parameters = transceiver.sender.getParameters();
  parameters.encodings[0]!.active = false;
  parameters.encodings[0]!.scaleResolutionDownTo = { maxWidth: 640, maxHeight: 360 };
  parameters.degradationPreference = "maintain-framerate";
  await transceiver.sender.setParameters(parameters, { encodingOptions: [{ keyFrame: true }, {}] });
  transceiver.receiver.jitterBufferTarget = null;
  const [source] = transceiver.receiver.getSynchronizationSources();
  console.log(source?.audioLevel, transceiver.currentDirection === "stopped", transceiver.stopped === true);
  ours.ontrack = ({ track, streams: [first], receiver, transceiver: { mid } }) => {
    console.log(track.kind, first?.id, receiver.transport?.iceTransport.getSelectedCandidatePair(), mid);
  };
  const ice = transceiver.sender.transport!.iceTransport;
  ice.onicecandidatepairnominate = (event) => event.preventDefault();
  ice.addEventListener("icecandidatepairadd", ({ candidatePair }) =>
    ice.selectCandidatePair?.(candidatePair),
  );
  const report = await ours.getStats();
  for (const [id, { type }] of report) console.log(id, type);
  console.log(RTCRtpSender.getCapabilities("audio")?.headerExtensions[0]?.uri);
}

export function streams(stream: import("skywave").MediaStream): void {
  const pc = new RTCPeerConnection() as RTCPeerConnection & LegacyPeerConnection;
  pc.onaddstream = ({ stream: { id } }) => console.log(id);
  pc.onremovestream = ({ stream: { active } }) => console.log(active);
  pc.onstatsended = ({ report }) => console.log(report.size);
  pc.addStream(stream);
  pc.createDTMFSender(stream.getAudioTracks()[0]!).insertDTMF("1#", 100, 70);
  console.log(pc.getLocalStreams().length, pc.getRemoteStreams().length, pc.getStreamById("x")?.id);
  pc.removeStream(stream);
}
