// Sends a file from one process to another over a data channel, with back-pressure. Signalling is by hand: paste the lines.
//   receiver:  node examples/send-file.mjs receive ./copy.bin
//   sender:    node examples/send-file.mjs send ./some.bin
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline/promises";
import { RTCPeerConnection } from "skywave";

const [role, path] = process.argv.slice(2);
if (!["send", "receive"].includes(role) || path === undefined) {
  console.error("usage: send-file.mjs send|receive PATH");
  process.exit(2);
}
const terminal = createInterface({ input: process.stdin, output: process.stderr });
const connection = new RTCPeerConnection();

/** One line to copy: the description with all candidates in it. */
const describe = async () => {
  await connection.setLocalDescription();
  if (connection.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve();
    });
  }
  console.log(JSON.stringify(connection.localDescription));
};
const paste = async (what) => JSON.parse(await terminal.question(`${what}: `));

if (role === "send") {
  const channel = connection.createDataChannel("file");
  channel.bufferedAmountLowThreshold = 1 << 20;
  await describe();
  await connection.setRemoteDescription(await paste("answer"));
  await once(channel, "open");
  for await (const part of createReadStream(path, { highWaterMark: 64 * 1024 })) {
    if (channel.bufferedAmount > 4 << 20) await once(channel, "bufferedamountlow");
    channel.send(part);
  }
  channel.close(); // what is buffered is sent first
  await once(channel, "close");
} else {
  const announced = once(connection, "datachannel");
  await connection.setRemoteDescription(await paste("offer"));
  await describe();
  const [{ channel }] = await announced;
  const file = createWriteStream(path);
  channel.binaryType = "arraybuffer";
  channel.onmessage = ({ data }) => file.write(new Uint8Array(data));
  await once(channel, "close");
  file.end();
  await once(file, "finish");
}
connection.close();
terminal.close();
