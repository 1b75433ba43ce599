// Two connections on a simulated network: 5 % loss, 40 ms away, one minute in a few milliseconds, the same every time.
//   node examples/simulated-network.mjs [seed]
import { RTCPeerConnection } from "skywave";
import { nodeCrypto, openEngine, withRealm } from "skywave/host";
import { World } from "skywave/sim";

const world = new World({
  seed: Number(process.argv[2] ?? 1),
  crypto: nodeCrypto,
  internet: { latency: 40, jitter: 10, loss: 0.05 },
});
const connect = (name) => withRealm({ host: world.host(name), openEngine }, () => new RTCPeerConnection());
const alice = connect("alice");
const bob = connect("bob");
alice.onicecandidate = ({ candidate }) => bob.addIceCandidate(candidate);
bob.onicecandidate = ({ candidate }) => alice.addIceCandidate(candidate);

const received = [];
bob.ondatachannel = ({ channel }) => {
  channel.onmessage = ({ data }) => received.push(data);
};
const channel = alice.createDataChannel("counter");
channel.onopen = () => {
  console.log(`open after ${world.now.toFixed()} ms of virtual time`);
  for (let i = 0; i < 1000; i++) channel.send(`message ${i}`);
};

const negotiate = async () => {
  await alice.setLocalDescription();
  await bob.setRemoteDescription(alice.localDescription);
  await bob.setLocalDescription();
  await alice.setRemoteDescription(bob.localDescription);
};
await world.runUntilSettled(negotiate(), 5000);
await world.runUntilAsync(() => received.length === 1000, 60_000);
console.log(`${received.length} messages after ${world.now.toFixed()} ms; ${JSON.stringify(world.counters)}`);
alice.close();
bob.close();
