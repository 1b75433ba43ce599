#!/usr/bin/env node
// What passing a video on costs at the least in Node: packets come in at the pace of `forward`, are copied, protected and sent
// by node:dgram to as many sockets of another process, and nothing else happens: no ICE, no RTCP, no statistics, no pacing.
//   node bench/forward-floor.mjs [--receivers 10,50,100] [--seconds 6]     needs `npm run build`
import { fork } from "node:child_process";
import dgram from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SRTP_PROFILE, SrtpReceiver, SrtpSender, srtpProfile } from "../dist/core/srtp/index.js";
import { nodeCrypto } from "../dist/node/crypto.js";
import { BIT_RATE } from "./forward.mjs";

const { values: options } = parseArgs({
  options: {
    receivers: { type: "string", default: "10,50,100" },
    seconds: { type: "string", default: "6" },
    others: { type: "string" },
  },
});
const ADDRESS = "127.0.0.1";
const FRAMES_PER_SECOND = 30;
const PACKETS_PER_FRAME = 8;
const HEADER = 12;
const LENGTH = HEADER + Math.ceil(BIT_RATE / 8 / FRAMES_PER_SECOND / PACKETS_PER_FRAME);
/** As in `forward`: until the compiler has done its work, ms. */
const WARM_UP = 20_000;
const PROFILE = srtpProfile(SRTP_PROFILE.AES128_CM_HMAC_SHA1_80);
const KEYS = {
  key: new Uint8Array(PROFILE.keyLength).fill(3),
  salt: new Uint8Array(PROFILE.saltLength).fill(4),
};

if (options.others) await beOthers(Number(options.others));
else {
  console.log("| receivers | packets per CPU second: received, protected and sent | sent alone |");
  console.log("| --- | --- | --- |");
  for (const count of options.receivers.split(",").map(Number)) {
    const cells = [];
    for (const protects of [true, false]) cells.push(Math.round(await measure(count, protects)));
    console.log(`| ${count} | ${cells.join(" | ")} |`);
  }
}

/** The source, and the sockets of those who receive. */
async function beOthers(count) {
  const sockets = await Promise.all(Array.from({ length: count }, open));
  let received = 0;
  for (const socket of sockets) socket.on("message", () => received++);
  const source = await open();
  const sender = new SrtpSender(nodeCrypto, PROFILE, KEYS);
  const packet = packetOf(1);
  let sequenceNumber = 0;
  let frames = 0;
  process.on("message", ({ port }) => {
    if (port === undefined) return process.send({ received });
    const begin = performance.now();
    setInterval(() => {
      for (; frames < ((performance.now() - begin) * FRAMES_PER_SECOND) / 1000; frames++)
        for (let i = 0; i < PACKETS_PER_FRAME; i++) {
          const out = packet.slice();
          number(out, sequenceNumber++);
          source.send(out.subarray(0, sender.protectRtp(out, LENGTH)), port, ADDRESS);
        }
    }, 5);
  });
  process.send({ ports: sockets.map((socket) => socket.address().port) });
}

async function measure(count, protects) {
  const others = fork(fileURLToPath(import.meta.url), ["--others", String(count)]);
  const [{ ports }] = await once(others, "message");
  const input = await open();
  const receiver = new SrtpReceiver(nodeCrypto, PROFILE, KEYS);
  const targets = [];
  for (const [i, port] of ports.entries())
    targets.push({
      port,
      socket: await open(),
      sender: new SrtpSender(nodeCrypto, PROFILE, KEYS),
      ssrc: i + 2,
    });
  const out = packetOf(1);
  let waiting = [];
  input.on("message", (datagram) => {
    const plain = datagram.subarray(0, receiver.unprotectRtp(datagram));
    if (waiting.push(plain) === 1) setImmediate(passOn);
  });
  /** One receiver after the other, each all that has come: their keys and sockets are fetched once. */
  function passOn() {
    for (const { port, socket, sender, ssrc } of targets)
      for (const plain of waiting) {
        out.set(plain);
        out[11] = ssrc;
        const length = protects ? sender.protectRtp(out, LENGTH) : LENGTH;
        socket.send(out.subarray(0, length), port, ADDRESS);
      }
    waiting = [];
  }
  const received = async () => {
    others.send({});
    return (await once(others, "message"))[0].received;
  };
  others.send({ port: input.address().port });
  await wait(WARM_UP);
  const before = await received();
  const start = process.cpuUsage();
  await wait(Number(options.seconds) * 1000);
  const { user, system } = process.cpuUsage(start);
  const packets = (await received()) - before;
  input.close();
  for (const { socket } of targets.splice(0)) socket.close();
  others.kill();
  return (packets * 1e6) / (user + system);
}

function packetOf(ssrc) {
  const packet = new Uint8Array(LENGTH + 32).fill(0x55);
  packet[0] = 0x80;
  packet[1] = 96;
  new DataView(packet.buffer).setUint32(8, ssrc);
  return packet;
}

function number(packet, sequenceNumber) {
  packet[2] = sequenceNumber >>> 8;
  packet[3] = sequenceNumber;
}

/** With a synchronous look-up: a send takes the bytes before it returns. */
async function open() {
  const lookup = (address, _options, done) => done(null, address, 4);
  const socket = dgram.createSocket({ type: "udp4", lookup, recvBufferSize: 4 << 20 });
  await new Promise((resolve) => socket.bind(0, ADDRESS, resolve));
  return socket;
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
