// A network path in user space: relays UDP between two peers with delay, loss and a bottleneck.
import dgram from "node:dgram";

/** Waiting time at the bottleneck above which a packet is dropped, ms. */
const QUEUE_MS = 100;

/**
 * Opens a path. `rtt`: ms for both ways; `loss`: percent each way; `rate`: MB/s each way; `address`: of this machine. The result's
 * `rewrite(sdp, side)` makes the description of side "a" or "b" point at the relay, so that its peer sends through it;
 * `candidate(side)` is the candidate that it tells then. What comes for a side that has sent nothing yet is lost, unless its own
 * candidates were given to `learn(side, candidate)`.
 */
export async function openPath({
  rtt = 0,
  loss = 0,
  rate = Number.POSITIVE_INFINITY,
  seed = 1,
  address = "127.0.0.1",
}) {
  const random = linearCongruential(seed);
  const a = await openEnd(address);
  const b = await openEnd(address);
  let open = true;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ]) {
    const line = delayLine(rtt / 2, rate * 1000, (packet) => {
      if (!open) return;
      if (to.peer) to.socket.send(packet, to.peer.port, to.peer.address);
      else for (const port of to.told) to.socket.send(packet, port, address);
    });
    from.socket.on("message", (packet, peer) => {
      from.peer = peer;
      if (random() * 100 >= loss) line(packet);
    });
  }
  const candidate = (side) => {
    const { port } = (side === "a" ? b : a).socket.address();
    return `candidate:1 1 udp 2130706431 ${address} ${port} typ host`;
  };
  /** Browsers tell no addresses, but ports; what goes to one of another address family reaches nobody. */
  const learn = (side, text) => {
    const [, , protocol, , , port] = text.split(" ");
    if (protocol.toLowerCase() === "udp") (side === "a" ? a : b).told.add(Number(port));
  };
  return {
    candidate,
    learn,
    rewrite: (sdp, side) => withOnlyCandidate(sdp, candidate(side)),
    close: () => {
      open = false;
      a.socket.close();
      b.socket.close();
    },
  };
}

/**
 * Opens a way to a UDP server on this machine, `rtt` ms for both ways, for any number of clients: the server sees each of them
 * behind a NAT. `port` of the result is where they go.
 */
export async function openServerPath({ rtt, address, port }) {
  const front = await openEnd(address);
  const clients = new Map();
  let open = true;
  const join = ({ port: from, address: source }) => {
    const client = { socket: openEnd(address).then(({ socket }) => socket) };
    const back = delayLine(rtt / 2, Number.POSITIVE_INFINITY, (packet) => {
      if (open) front.socket.send(packet, from, source);
    });
    client.socket.then((socket) => socket.on("message", back));
    client.line = delayLine(rtt / 2, Number.POSITIVE_INFINITY, async (packet) => {
      const socket = await client.socket;
      if (open) socket.send(packet, port, address);
    });
    clients.set(`${source} ${from}`, client);
    return client;
  };
  front.socket.on("message", (packet, peer) => {
    const client = clients.get(`${peer.address} ${peer.port}`) ?? join(peer);
    client.line(packet);
  });
  return {
    port: front.socket.address().port,
    close() {
      open = false;
      front.socket.close();
      for (const { socket } of clients.values()) socket.then((one) => one.close());
    },
  };
}

/** A socket, (once known) the peer that sends to it, and the ports that it has told before. */
async function openEnd(address) {
  const socket = dgram.createSocket({
    type: "udp4",
    recvBufferSize: 8 << 20,
    sendBufferSize: 8 << 20,
    lookup: (host, _options, done) => done(null, host, 4),
  });
  await new Promise((resolve) => socket.bind(0, address, resolve));
  return { socket, peer: undefined, told: new Set() };
}

/** Packets leave after `delay` ms and after their turn at the bottleneck of `bytesPerMs`. */
function delayLine(delay, bytesPerMs, deliver) {
  let queue = [];
  let head = 0;
  let lineFree = 0;
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    setTimeout(drain, Math.max(0, queue[head].at - performance.now()));
  };
  function drain() {
    armed = false;
    const now = performance.now();
    while (head < queue.length && queue[head].at <= now) deliver(queue[head++].packet);
    if (head > 1024) {
      queue = queue.slice(head);
      head = 0;
    }
    if (head < queue.length) arm();
  }
  return (packet) => {
    const now = performance.now();
    lineFree = Math.max(lineFree, now);
    if (lineFree - now > QUEUE_MS) return;
    lineFree += packet.length / bytesPerMs;
    queue.push({ at: lineFree + delay, packet });
    arm();
  };
}

/** The description with one candidate only: the relay's. */
function withOnlyCandidate(sdp, candidate) {
  const lines = sdp.split("\r\n").filter((line) => !line.startsWith("a=candidate:"));
  const end = lines.findIndex((line) => line.startsWith("a=end-of-candidates"));
  const at = end >= 0 ? end : lines.length - (lines.at(-1) === "" ? 1 : 0);
  lines.splice(at, 0, `a=${candidate}`);
  return lines.join("\r\n");
}

function linearCongruential(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
