// A server whose connections all use one UDP port, and a hundred peers that talk to it.
//   node examples/one-port.mjs [port]
import { RTCPeerConnection } from "skywave";
import { nodeHost, openEngine, SharedUdpPort, withRealm } from "skywave/host";

const PEERS = 100;
/** How many connect at a time. */
const CROWD = 5;
const port = new SharedUdpPort(nodeHost, { port: Number(process.argv[2] ?? 0) });

/** The server's end of a connection: answers, and sends back what it gets. */
async function serve(offer, trickle) {
  const connection = withRealm({ host: port, openEngine }, () => new RTCPeerConnection());
  connection.onicecandidate = ({ candidate }) => trickle(candidate);
  connection.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(`${data} to you`);
    channel.onclose = () => connection.close();
  };
  await connection.setRemoteDescription(offer);
  await connection.setLocalDescription();
  return connection;
}

/** A peer, on a port of its own as always, and the server's end for it. */
async function join() {
  const peer = new RTCPeerConnection();
  const channel = peer.createDataChannel("hello");
  const opened = new Promise((resolve) => {
    channel.onopen = resolve;
  });
  const [toServer, toPeer] = [[], []];
  peer.onicecandidate = ({ candidate }) => toServer.push(candidate);
  await peer.setLocalDescription();
  const server = await serve(peer.localDescription, (candidate) => toPeer.push(candidate));
  await peer.setRemoteDescription(server.localDescription);
  peer.onicecandidate = ({ candidate }) => server.addIceCandidate(candidate);
  server.onicecandidate = ({ candidate }) => peer.addIceCandidate(candidate);
  for (const candidate of toServer) server.addIceCandidate(candidate);
  for (const candidate of toPeer) peer.addIceCandidate(candidate);
  await opened;
  return { peer, channel, server };
}

/** What the server says to somebody. */
function ask({ channel }, text) {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.send(text);
  });
}

const ends = [];
while (ends.length < PEERS) ends.push(...(await Promise.all(Array.from({ length: CROWD }, join))));
const answers = await Promise.all(ends.map((end, number) => ask(end, `hello ${number}`)));
const right = answers.filter((text, number) => text === `hello ${number} to you`);
const ports = [...port.ports.values()];
const used = ends.map(
  ({ server }) => server.sctp.transport.iceTransport.getSelectedCandidatePair().local.port,
);
console.log(`${right.length} of ${PEERS} peers were answered, each by its own connection`);
console.log(
  used.every((one) => ports.includes(one)) ? "all of them from the shared port" : `from ports ${used}`,
);
for (const { peer, server } of ends) {
  peer.close();
  server.close();
}
port.close();
