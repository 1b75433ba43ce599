#!/usr/bin/env node
// The physical limit under every data channel in Node: raw UDP over loopback between two processes, paced by
// acknowledgements so that nothing is lost.   node bench/udp-limit.mjs [--size 1200] [--seconds 4]
import { fork } from "node:child_process";
import dgram from "node:dgram";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "1200" },
    seconds: { type: "string", default: "4" },
    receiver: { type: "boolean", default: false },
  },
});
const size = Number(options.size);
const seconds = Number(options.seconds);
/** Packets that may be on their way. */
const WINDOW = 256;
/** Packets for each acknowledgement. */
const ACK_EVERY = 16;

if (options.receiver) receive();
else await send();

function receive() {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  const before = process.cpuUsage();
  let packets = 0;
  let bytes = 0;
  socket.on("message", (packet, sender) => {
    packets++;
    bytes += packet.length;
    if (packets % ACK_EVERY !== 0) return;
    const acknowledgement = Buffer.alloc(4);
    acknowledgement.writeUInt32BE(packets);
    socket.send(acknowledgement, sender.port, sender.address);
  });
  socket.bind(0, "127.0.0.1", () => process.send({ port: socket.address().port }));
  process.on("message", () => {
    const { user, system } = process.cpuUsage(before);
    process.send({ packets, bytes, cpuUs: user + system });
  });
}

async function send() {
  const receiver = fork(fileURLToPath(import.meta.url), ["--receiver", "--size", options.size]);
  const answer = () => new Promise((resolve) => receiver.once("message", resolve));
  const { port } = await answer();
  const socket = dgram.createSocket({ type: "udp4", sendBufferSize: 4 << 20 });
  await new Promise((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const packet = Buffer.alloc(size);
  const started = performance.now();
  const before = process.cpuUsage();
  let sent = 0;
  let acknowledged = 0;
  await new Promise((resolve) => {
    const pump = () => {
      if (performance.now() - started > seconds * 1000) return resolve();
      for (; sent - acknowledged < WINDOW; sent++) socket.send(packet);
    };
    socket.on("message", (acknowledgement) => {
      acknowledged = acknowledgement.readUInt32BE(0);
      pump();
    });
    setTimeout(resolve, seconds * 1000 + 500);
    pump();
  });
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  receiver.send("end");
  const { packets, bytes, cpuUs } = await answer();
  console.log(
    `${size}-byte packets: ${Math.round(packets / wall)} per second, ${(bytes / wall / 1e6).toFixed(1)} MB/s, ` +
      `CPU ${((user + system) / sent).toFixed(2)} µs to send one, ${(cpuUs / packets).toFixed(2)} µs to receive it`,
  );
  process.exit(0);
}
