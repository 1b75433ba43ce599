// Two SCTP associations in one process, no sockets: how fast the protocol alone is. `node bench/sctp-in-memory.mjs [seconds]`
// needs `npm run build`. Both ends' work is counted, sender and receiver.
import { SctpAssociation } from "../dist/core/sctp/index.js";
import { nodeCrypto } from "../dist/node/crypto.js";

const SILENT = { enabled: false, event() {} };
const MTU = 1191;

function associate(zeroChecksum) {
  const options = {
    random: nodeCrypto,
    crypto: nodeCrypto,
    log: SILENT,
    localPort: 5000,
    remotePort: 5000,
    mtu: MTU,
    maxReceiveMessageSize: 262_144,
    maxStreams: 1024,
    zeroChecksum,
  };
  const pair = { a: new SctpAssociation(options), z: new SctpAssociation(options) };
  pair.a.connect(0);
  pair.z.connect(0);
  return pair;
}

/** Moves packets both ways until nothing is owed; returns the bytes of messages that arrived at `z`. */
function exchange({ a, z }, now, out) {
  let bytes = 0;
  for (let moved = true; moved; ) {
    moved = false;
    for (let n = 0; n < 16; n++) {
      const length = a.pollTransmit(now, out);
      if (length === 0) break;
      z.handleDatagram(now, out.subarray(0, length));
      moved = true;
    }
    for (let length = z.pollTransmit(now, out); length > 0; length = z.pollTransmit(now, out)) {
      a.handleDatagram(now, out.subarray(0, length));
      moved = true;
    }
    for (let event = z.pollEvent(); event !== undefined; event = z.pollEvent()) {
      if (event.type === "message") bytes += event.data.length;
    }
    while (a.pollEvent() !== undefined);
  }
  return bytes;
}

function run(name, size, zeroChecksum, seconds) {
  const pair = associate(zeroChecksum);
  const out = new Uint8Array(2048);
  exchange(pair, 0, out);
  const data = new Uint8Array(size).fill(7);
  const begun = performance.now();
  let bytes = 0;
  let messages = 0;
  let now = begun;
  while (now - begun < seconds * 1000) {
    for (let queued = 0; queued < 1024 * 1024; queued += size) {
      pair.a.send(now, 1, 53, data, { ordered: true });
      messages++;
    }
    bytes += exchange(pair, now, out);
    now = performance.now();
    if (pair.a.nextTimeout() <= now) pair.a.handleTimeout(now);
    if (pair.z.nextTimeout() <= now) pair.z.handleTimeout(now);
  }
  const elapsed = (performance.now() - begun) / 1000;
  const { packetsSent, retransmissions } = pair.a.statistics;
  const rate = (bytes / 1e6 / elapsed).toFixed(0);
  console.log(
    `${name.padEnd(34)} ${rate.padStart(6)} MB/s  ${(messages / elapsed / 1000).toFixed(0).padStart(6)} k messages/s  ` +
      `${(packetsSent / elapsed / 1000).toFixed(0).padStart(5)} k packets/s  ${retransmissions} retransmissions`,
  );
}

const seconds = Number(process.argv[2] ?? 2);
run("64 KiB messages, zero checksum", 65_536, true, seconds);
run("64 KiB messages, CRC32c", 65_536, false, seconds);
run("256 KiB messages, zero checksum", 262_144, true, seconds);
run("1 KiB messages, zero checksum", 1024, true, seconds);
run("64 B messages, zero checksum", 64, true, seconds);
