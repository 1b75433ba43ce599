/**
 * One end of a connection, in a process of its own that the test has put into a network namespace. Told what to do, and
 * answering, by messages of its parent.
 */
import { RTCPeerConnection } from "skywave";

/** How often each end sends, ms. */
const INTERVAL = 20;

let connection;
let channel;
let ticking;
let sent = 0;
let received = 0;
let faults = 0;
/** The longest time without a message since "mark", ms. */
let gap = 0;
let lastAt = 0;

const tell = (event, values = {}) => process.send({ event, ...values });

function use(opened) {
  channel = opened;
  channel.onmessage = ({ data }) => {
    // Numbers in order: whatever is missing, doubled or overtaken shows.
    if (Number(data) !== received) faults++;
    received++;
    gap = Math.max(gap, performance.now() - lastAt);
    lastAt = performance.now();
    tell("received", { received });
  };
  channel.onopen = () => tell("open", { at: performance.now() });
  if (channel.readyState === "open") tell("open", { at: performance.now() });
}

const commands = {
  create({ configuration, opens }) {
    connection = new RTCPeerConnection(configuration);
    connection.onicecandidate = ({ candidate }) =>
      tell("candidate", { candidate: candidate?.toJSON() ?? null });
    connection.onconnectionstatechange = () => tell("state", { state: connection.connectionState });
    connection.ondatachannel = (event) => use(event.channel);
    if (opens) use(connection.createDataChannel("numbers"));
  },
  async describe({ restart }) {
    if (restart) connection.restartIce();
    await connection.setLocalDescription();
    return connection.localDescription.toJSON();
  },
  async accept({ description }) {
    await connection.setRemoteDescription(description);
  },
  async candidate({ candidate }) {
    await connection.addIceCandidate(candidate);
  },
  start() {
    ticking = setInterval(() => channel.send(String(sent++)), INTERVAL);
  },
  stop() {
    clearInterval(ticking);
    return sent;
  },
  mark() {
    gap = 0;
    lastAt = performance.now();
    return { sent, received };
  },
  report() {
    const pair = connection.sctp?.transport.iceTransport.getSelectedCandidatePair();
    const of = ({ type, address, port, relayProtocol }) => ({ type, address, port, relayProtocol });
    return { sent, received, faults, gap, local: of(pair.local), remote: of(pair.remote) };
  },
};

process.on("message", async ({ id, command, ...values }) => {
  try {
    process.send({ id, result: await commands[command](values) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on("disconnect", () => process.exit());
