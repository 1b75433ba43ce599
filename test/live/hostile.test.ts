import { expect, test } from "vitest";
import { PRELUDE, runProgram } from "./child.testing.ts";

test("malformed datagrams on the live port change nothing: the call goes on, nothing is thrown", async () => {
  const { output } = await runProgram(`${PRELUDE}
    import dgram from "node:dgram";
    import { readFileSync } from "node:fs";
    const thrown = [];
    process.on("uncaughtException", (error) => thrown.push(String(error)));
    process.on("unhandledRejection", (error) => thrown.push(String(error)));
    const cases = ["stun", "dtls", "sctp"].map((protocol) => JSON.parse(readFileSync("test/vectors/" + protocol + "/malformed.json", "utf8")));
    const packets = [];
    const collect = (value) => {
      if (typeof value === "string" && /^([0-9a-f]{2})+$/i.test(value)) packets.push(Buffer.from(value, "hex"));
      else if (value && typeof value === "object") for (const inner of Object.values(value)) collect(inner);
    };
    collect(cases);
    const [a, z] = pair();
    const [near, far] = await open(a, z);
    const { local } = z.sctp.transport.iceTransport.getSelectedCandidatePair();
    const family = local.address.includes(":") ? "udp6" : "udp4";
    const socket = dgram.createSocket(family);
    let echoes = 0;
    far.onmessage = ({ data }) => far.send(data);
    const all = new Promise((resolve) => { near.onmessage = () => { if (++echoes === 20) resolve(); }; });
    for (let round = 0; round < 20; round++) {
      for (const packet of packets) {
        await new Promise((resolve) => socket.send(packet, local.port, local.address, resolve));
      }
      near.send("still there");
    }
    await all;
    socket.close();
    const states = [a.connectionState, z.connectionState];
    a.close();
    z.close();
    console.log(JSON.stringify({ packets: packets.length > 50, echoes, states, thrown }));
  `);
  expect(output).toEqual({ packets: true, echoes: 20, states: ["connected", "connected"], thrown: [] });
});
