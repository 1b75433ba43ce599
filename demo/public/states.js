// The states of an RTCPeerConnection, read the same way at both ends.

/** What the page shows, in the order in which they come to life. */
export const STATE_NAMES = [
  ["signaling", "Signalling"],
  ["gathering", "ICE gathering"],
  ["ice", "ICE connection"],
  ["dtls", "DTLS transport"],
  ["sctp", "SCTP transport"],
  ["connection", "Connection"],
];

/** All states of a connection as one plain object; `null` for a transport that does not exist yet. */
export function readStates(connection) {
  return {
    signaling: connection.signalingState,
    gathering: connection.iceGatheringState,
    ice: connection.iceConnectionState,
    dtls: connection.sctp?.transport?.state ?? null,
    sctp: connection.sctp?.state ?? null,
    connection: connection.connectionState,
  };
}

/** Calls `listener` on every change of any of them; transports are watched from the moment they exist. */
export function watchStates(connection, listener) {
  const watched = new Set();
  const onChange = () => {
    for (const transport of [connection.sctp, connection.sctp?.transport]) {
      if (!transport || watched.has(transport)) continue;
      watched.add(transport);
      transport.addEventListener?.("statechange", onChange);
    }
    listener(readStates(connection));
  };
  for (const event of [
    "signalingstatechange",
    "icegatheringstatechange",
    "iceconnectionstatechange",
    "connectionstatechange",
  ]) {
    connection.addEventListener(event, onChange);
  }
}
