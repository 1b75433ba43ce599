// SRTP alone, no sockets: packets per CPU second, protecting and unprotecting, against werift's contexts where they can be
// loaded. `node bench/srtp.mjs [seconds]` needs `npm run build`. The stacks take turns, so that a busy machine hits both.
import { createRequire } from "node:module";
import path from "node:path";
import { SrtpReceiver, SrtpSender, srtpProfile } from "../dist/core/srtp/index.js";
import { nodeCrypto } from "../dist/node/crypto.js";
import { PEERS_FOLDER } from "./implementations.mjs";

const BATCH = 2_000;
const SSRC = 0x1234_5678;

function packetOf(payloadLength) {
  const packet = new Uint8Array(12 + payloadLength).fill(0x55, 12);
  packet[0] = 0x80;
  packet[1] = 96;
  new DataView(packet.buffer).setUint32(8, SSRC);
  return packet;
}

function keysOf(profile) {
  return { key: new Uint8Array(profile.keyLength).fill(3), salt: new Uint8Array(profile.saltLength).fill(4) };
}

/** One batch of packets through a sender and a receiver; returns the CPU microseconds of each. */
function skywave(profile, payloadLength) {
  const sender = new SrtpSender(nodeCrypto, profile, keysOf(profile));
  const receiver = new SrtpReceiver(nodeCrypto, profile, keysOf(profile));
  const packet = packetOf(payloadLength);
  const buffers = Array.from({ length: BATCH }, () => new Uint8Array(packet.length + sender.rtpOverhead));
  const lengths = new Uint32Array(BATCH);
  let sequenceNumber = 0;
  return () => {
    for (const buffer of buffers) {
      buffer.set(packet);
      buffer[2] = sequenceNumber >>> 8;
      buffer[3] = sequenceNumber;
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
    }
    const protect = process.cpuUsage();
    for (let i = 0; i < BATCH; i++) lengths[i] = sender.protectRtp(buffers[i], packet.length);
    const protectCost = process.cpuUsage(protect);
    const received = buffers.map((buffer, i) => buffer.subarray(0, lengths[i]));
    const unprotect = process.cpuUsage();
    for (const wire of received)
      if (receiver.unprotectRtp(wire) !== packet.length) throw new Error("a packet was refused");
    return [protectCost, process.cpuUsage(unprotect)];
  };
}

function werift(module, profile, payloadLength) {
  const { key, salt } = keysOf(profile);
  const [k, s] = [Buffer.from(key), Buffer.from(salt)];
  const keys = { localMasterKey: k, localMasterSalt: s, remoteMasterKey: k, remoteMasterSalt: s };
  const session = new module.SrtpSession({ profile: profile.id, keys });
  const plain = Buffer.from(packetOf(payloadLength));
  const wires = new Array(BATCH);
  let sequenceNumber = 0;
  return () => {
    const packets = Array.from({ length: BATCH }, () => {
      const packet = module.RtpPacket.deSerialize(plain);
      packet.header.sequenceNumber = sequenceNumber;
      sequenceNumber = (sequenceNumber + 1) & 0xffff;
      return packet;
    });
    const protect = process.cpuUsage();
    for (let i = 0; i < BATCH; i++) wires[i] = session.encrypt(packets[i].payload, packets[i].header);
    const protectCost = process.cpuUsage(protect);
    const unprotect = process.cpuUsage();
    for (const wire of wires)
      if (session.decrypt(wire).length !== plain.length) throw new Error("a packet was refused");
    return [protectCost, process.cpuUsage(unprotect)];
  };
}

const microseconds = ({ user, system }) => user + system;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Runs the stacks in turns; returns packets per CPU second: [protect, unprotect] of each, medians over the batches. */
function measure(stacks, seconds) {
  const results = stacks.map(() => [[], []]);
  for (const run of stacks) run();
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    stacks.forEach((run, i) => {
      run().forEach((usage, direction) => {
        results[i][direction].push(microseconds(usage) / BATCH);
      });
    });
  }
  return results.map((directions) => directions.map((costs) => 1e6 / median(costs)));
}

const seconds = Number(process.argv[2] ?? 3);
let peer;
try {
  peer = createRequire(path.join(PEERS_FOLDER, "noop.js"))("werift");
} catch {
  console.log("werift: not available here");
}
const rate = (value) => (Number.isNaN(value) ? "" : `${Math.round(value / 1000)} k/s`);
console.log("| profile | payload | protect | unprotect | werift protect | werift unprotect | ratio |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const id of [1, 7, 8]) {
  const profile = srtpProfile(id);
  for (const length of [1200, 160]) {
    const compared = peer !== undefined && id !== 8;
    const stacks = [skywave(profile, length)];
    if (compared) stacks.push(werift(peer, profile, length));
    const [ours, theirs] = measure(stacks, seconds);
    const other = theirs ?? [Number.NaN, Number.NaN];
    const ratios = compared ? ours.map((value, i) => (value / other[i]).toFixed(1)).join(" / ") : "";
    const cells = [profile.name, length, ...ours.map(rate), ...other.map(rate), ratios];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
