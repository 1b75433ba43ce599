#!/usr/bin/env node
// What forwarding costs without a network: one video to many receivers whose sockets are memory; CPU microseconds for each
// packet that leaves. Then the same with real sends, to a socket that nobody reads, and those sends alone.
//   node bench/forward-in-memory.mjs [--receivers 50] [--rounds 9]     needs `npm run build`
import dgram from "node:dgram";
import { parseArgs } from "node:util";
import { RTCPeerConnection, RTCRtpSender } from "skywave";
import { NodeHost, openEngine, withRealm } from "skywave/host";
import { TrackSource, trackFrom } from "skywave/media";
import { bindUdp } from "../dist/node/udp-socket.js";

const { values: options } = parseArgs({
  options: { receivers: { type: "string", default: "50" }, rounds: { type: "string", default: "9" } },
});
const receivers = Number(options.receivers);
const rounds = Number(options.rounds);
/** Packets of one round, over all receivers. */
const ROUND = 16_000;
/** A frame of 2 Mbit/s at 30 a second: its first packet comes alone, the others while that one is passed on. */
const BURSTS = [1, 7];
const PAYLOAD_LENGTH = 1042;
const ADDRESS = "127.0.0.1";
const MIME_TYPE = "video/VP8";

const sink = dgram.createSocket("udp4");
await new Promise((resolve) => sink.bind(0, ADDRESS, resolve));
sink.setRecvBufferSize(1 << 14);
const sinkPort = sink.address().port;

const inboxes = new Map();
let nextPort = 20_000;
let forwarding = false;
let toNetwork = false;
let sent = 0;

class MemoryHost extends NodeHost {
  #forwards;

  constructor(forwards) {
    super();
    this.#forwards = forwards;
  }

  localAddresses() {
    return [{ address: ADDRESS, family: 4, interfaceName: "lo", loopback: true }];
  }

  watchAddresses() {
    return { cancel() {} };
  }

  bindUdp(local, _port, handlers, done) {
    const port = nextPort++;
    let real;
    if (this.#forwards) bindUdp(local, 0, { message() {}, error() {} }, this.log, (bound) => (real = bound));
    const close = () => {
      inboxes.delete(port);
      real?.close();
    };
    const send = (datagram, length, address, to) => {
      if (forwarding && this.#forwards && isRtp(datagram)) {
        sent++;
        return toNetwork ? real.send(datagram, length, ADDRESS, sinkPort) : true;
      }
      const copy = datagram.slice(0, length);
      setImmediate(() => inboxes.get(to)?.(copy, address, port));
      return true;
    };
    inboxes.set(port, (datagram, address, from) => handlers.message(datagram, address, from));
    const socket = { address: local.address, port, send, close, cancel: close };
    done(socket, undefined);
    return socket;
  }
}

/** RFC 7983 §7, RFC 5761 §4. */
function isRtp(datagram) {
  return datagram[0] >= 128 && datagram[0] < 192 && (datagram[1] < 192 || datagram[1] > 223);
}

const gathered = (connection) =>
  settled(connection, "icegatheringstatechange", "iceGatheringState", "complete");
const connected = (connection) =>
  settled(connection, "connectionstatechange", "connectionState", "connected");

function settled(connection, event, attribute, value) {
  return new Promise((resolve) => {
    const look = () => connection[attribute] === value && resolve();
    connection.addEventListener(event, look);
    look();
  });
}

const source = new TrackSource("video", { yieldsPackets: true });
const track = trackFrom(source);
const forwarderRealm = { host: new MemoryHost(true), openEngine };
const receiverRealm = { host: new MemoryHost(false), openEngine };
for (let i = 0; i < receivers; i++) {
  const forwarder = withRealm(forwarderRealm, () => new RTCPeerConnection());
  const receiver = withRealm(receiverRealm, () => new RTCPeerConnection());
  const { codecs } = RTCRtpSender.getCapabilities("video");
  const wanted = receiver.addTransceiver("video", { direction: "recvonly" });
  wanted.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === MIME_TYPE));
  await receiver.setLocalDescription();
  await gathered(receiver);
  await forwarder.setRemoteDescription(receiver.localDescription);
  const [transceiver] = forwarder.getTransceivers();
  transceiver.direction = "sendonly";
  await transceiver.sender.replaceTrack(track);
  await forwarder.setLocalDescription();
  await gathered(forwarder);
  await receiver.setRemoteDescription(forwarder.localDescription);
  await Promise.all([connected(forwarder), connected(receiver)]);
}

let sequenceNumber = 100;
let frame = 0;
const turn = () => new Promise(setImmediate);

function packets(count, startsFrame) {
  return Array.from({ length: count }, (_, i) => {
    const payload = new Uint8Array(PAYLOAD_LENGTH);
    // RFC 7741 §4.2: S, the start of the frame; §4.3: a key frame, for whoever begins.
    if (startsFrame && i === 0) payload[0] = 0x10;
    return {
      mimeType: MIME_TYPE,
      payloadType: 96,
      marker: false,
      sequenceNumber: sequenceNumber++,
      timestamp: frame * 3000,
      ssrc: 77,
      csrcs: [],
      payload,
      extensions: [],
    };
  });
}

/** Passes frames on until a round is full; returns microseconds for each packet, user and system. */
async function forwardRound() {
  const before = sent;
  const start = process.cpuUsage();
  while (sent - before < ROUND) {
    frame++;
    for (const [at, count] of BURSTS.entries()) {
      source.writePackets(packets(count, at === 0));
      await turn();
    }
  }
  return each(process.cpuUsage(start), sent - before);
}

/** The sends alone, as node:dgram has them. */
async function sendRound(socket, datagram) {
  const start = process.cpuUsage();
  for (let i = 0; i < ROUND; i++) {
    socket.send(datagram, sinkPort, ADDRESS, ignore);
    if (i % (8 * receivers) === 0) await turn();
  }
  return each(process.cpuUsage(start), ROUND);
}

function ignore() {}

function each({ user, system }, count) {
  return [user / count, system / count];
}

async function measure(name, round) {
  const costs = [];
  for (let i = 0; i < rounds + 3; i++) costs.push(await round());
  const sorted = costs.slice(3).sort((a, b) => a[0] + a[1] - b[0] - b[1]);
  const show = ([user, system]) =>
    `${(user + system).toFixed(1)} (${user.toFixed(1)} + ${system.toFixed(1)})`;
  console.log(`| ${name} | ${show(sorted[sorted.length >> 1])} | ${show(sorted[0])} |`);
}

console.log(
  `| µs of CPU for each of ${receivers} receivers' packets | median (user + system) | best round |`,
);
console.log("| --- | --- | --- |");
forwarding = true;
await measure("forwarding, nothing sent", forwardRound);
toNetwork = true;
await measure("forwarding and sending", forwardRound);
const lookup = (address, _options, callback) => callback(null, address, 4);
const bare = dgram.createSocket({ type: "udp4", lookup });
await new Promise((resolve) => bare.bind(0, ADDRESS, resolve));
const datagram = new Uint8Array(PAYLOAD_LENGTH + 12 + 16 + 10);
await measure("sending alone, node:dgram", () => sendRound(bare, datagram));
process.exit(0);
