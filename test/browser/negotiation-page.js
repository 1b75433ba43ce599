// The browser's end of the negotiation tests: the peer of negotiation-peer.ts over the page's own classes.
import { Peer } from "./negotiation-peer.ts";

let audioContext;
let peer;

const platform = {
  RTCPeerConnection,
  MediaStream,
  getCodecs: (kind) => RTCRtpReceiver.getCapabilities(kind).codecs,
  /** Tracks that need no permission: with one, Chromium would no longer hide its addresses behind mDNS names. */
  createTrack(kind) {
    if (kind === "audio") {
      audioContext ??= new AudioContext();
      return audioContext.createMediaStreamDestination().stream.getAudioTracks()[0];
    }
    const canvas = document.createElement("canvas");
    canvas.getContext("2d");
    return canvas.captureStream().getVideoTracks()[0];
  },
};

globalThis.call = (name, ...argumentList) => {
  if (name === "open") {
    peer = new Peer(platform, ...argumentList);
    return undefined;
  }
  return peer[name](...argumentList);
};
