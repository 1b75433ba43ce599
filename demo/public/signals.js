// The signalling messages between page and Node peer: JSON text over one WebSocket. Shared by both; each end reads what the
// other sent through `parseSignal`, which believes nothing.
//
//   page → Node   hello {offer: "page" | "node"}     who makes the offer
//   Node → page   welcome {name, iceServers}         the tab's name; go ahead
//   both          description {description}          an offer or an answer
//   both          candidate {candidate}              trickled; null-like end of candidates included
//   Node → page   node {states, pair}                how the connection looks from the other end
//   Node → page   error {message}                    why the Node peer gives up

/** Bytes in one signalling message; also the WebSocket's `maxPayload`. */
export const MAX_SIGNAL_BYTES = 128 * 1024;
const MAX_SDP_LENGTH = 96 * 1024;
const MAX_CANDIDATE_LENGTH = 1024;

/** Reads a signalling message: the message, or `{ type: "malformed", reason }`. */
export function parseSignal(text) {
  if (typeof text !== "string") return malformed("not text");
  if (text.length > MAX_SIGNAL_BYTES) return malformed("too long");
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return malformed("not JSON");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message))
    return malformed("not an object");
  const read = Object.hasOwn(READERS, message.type) ? READERS[message.type] : undefined;
  return read === undefined ? malformed("unknown type") : read(message);
}

/** A description or candidate as it goes into a message. */
export function describe(description) {
  return { type: "description", description: { type: description.type, sdp: description.sdp } };
}

const READERS = {
  hello: ({ offer }) => {
    if (offer !== "page" && offer !== "node") return malformed("hello: offer is neither page nor node");
    return { type: "hello", offer };
  },
  welcome: ({ name }) => {
    if (!isText(name, 64)) return malformed("welcome: no name");
    return { type: "welcome", name };
  },
  description: ({ description }) => {
    const { type, sdp } = description ?? {};
    if (type !== "offer" && type !== "answer") return malformed("description: neither offer nor answer");
    if (!isText(sdp, MAX_SDP_LENGTH)) return malformed("description: no sdp, or too long");
    return { type: "description", description: { type, sdp } };
  },
  candidate: ({ candidate: init }) => {
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = init ?? {};
    if (!isText(candidate, MAX_CANDIDATE_LENGTH)) return malformed("candidate: no candidate, or too long");
    if (!isAbsent(sdpMid) && !isText(sdpMid, 64)) return malformed("candidate: sdpMid");
    if (!isAbsent(sdpMLineIndex) && !Number.isInteger(sdpMLineIndex))
      return malformed("candidate: sdpMLineIndex");
    if (!isAbsent(usernameFragment) && !isText(usernameFragment, 256))
      return malformed("candidate: usernameFragment");
    return {
      type: "candidate",
      candidate: {
        candidate,
        sdpMid: sdpMid ?? null,
        sdpMLineIndex: sdpMLineIndex ?? null,
        usernameFragment: usernameFragment ?? null,
      },
    };
  },
  node: ({ states, pair }) => {
    if (typeof states !== "object" || states === null) return malformed("node: no states");
    return { type: "node", states, pair: pair ?? null };
  },
  error: ({ message }) => {
    if (!isText(message, 1024)) return malformed("error: no message");
    return { type: "error", message };
  },
};

function malformed(reason) {
  return { type: "malformed", reason };
}

function isText(value, maxLength) {
  return typeof value === "string" && value.length <= maxLength;
}

function isAbsent(value) {
  return value === undefined || value === null;
}
