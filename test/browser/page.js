// The browser's end of the interop tests. The test calls these through `call(name, …arguments)`; see session.testing.ts.

let connection;
let channels = new Map();
let arrivals = [];
let signals = [];
let wakeSignals = () => {};

const commands = {
  /** A new connection; what the last test left is closed. */
  open() {
    connection?.close();
    const opened = new RTCPeerConnection();
    connection = opened;
    channels = new Map();
    arrivals = [];
    signals = [];
    connection.addEventListener("icecandidate", ({ candidate }) => {
      emitSignal(opened, { candidate: candidate === null ? null : candidate.toJSON() });
    });
    connection.addEventListener("datachannel", ({ channel }) => {
      arrivals.push(channel.label);
      watch(channel);
    });
  },

  /** Resolves to the signals that came up since the last call, once there are some. */
  async takeSignals() {
    if (signals.length === 0) await new Promise((resolve) => (wakeSignals = resolve));
    return signals.splice(0);
  },

  /** Ends a waiting `takeSignals`. */
  release() {
    wakeSignals();
  },

  async offer() {
    await describe(connection);
  },

  async signal({ description, candidate }) {
    // The next test may have another connection by the time that this one is through.
    const addressee = connection;
    if (description === undefined) {
      await addressee.addIceCandidate(candidate ?? undefined);
      return;
    }
    await addressee.setRemoteDescription(description);
    if (description.type === "offer") await describe(addressee);
  },

  createChannel(label, options) {
    const channel = connection.createDataChannel(label, options);
    watch(channel);
    return facts(channel);
  },

  /** The properties of a channel, once it is open. */
  async opened(label) {
    await until(() => channels.get(label)?.readyState === "open", `${label} to open`);
    return facts(channels.get(label));
  },

  /** Everything that comes on a channel goes back, as it came. */
  async echo(label) {
    await until(() => channels.has(label), label);
    const channel = channels.get(label);
    channel.addEventListener("message", ({ data }) => channel.send(data));
    for (const data of channel.received.splice(0)) channel.send(data);
  },

  send(label, text) {
    channels.get(label).send(text);
  },

  /** Sends a Blob of these bytes, each `value & 0xff`. */
  sendBlob(label, length) {
    channels.get(label).send(new Blob([pattern(length)]));
  },

  /** The texts received so far, once there are `count`; binary messages as `binary:<length>`. */
  async received(label, count) {
    await until(() => (channels.get(label)?.received.length ?? 0) >= count, `${count} messages on ${label}`);
    return channels.get(label).received.map((data) => {
      return typeof data === "string" ? data : `binary:${data.byteLength}`;
    });
  },

  close(label) {
    channels.get(label).close();
  },

  async closed(label) {
    await until(() => channels.get(label).log.includes("close"), `${label} to close`);
    return { readyState: channels.get(label).readyState, log: channels.get(label).log };
  },

  closeConnection() {
    connection.close();
  },

  async state(wanted) {
    await until(() => connection.connectionState === wanted, `connectionState ${wanted}`);
    // connectionState speaks of ICE and DTLS only.
    if (wanted === "connected")
      await until(() => connection.sctp?.state === "connected", "SCTP to be connected");
    return {
      connection: connection.connectionState,
      ice: connection.iceConnectionState,
      gathering: connection.iceGatheringState,
      signaling: connection.signalingState,
      sctp: connection.sctp?.state,
      dtls: connection.sctp?.transport.state,
      maxMessageSize: connection.sctp?.maxMessageSize,
    };
  },

  arrivals: () => arrivals,

  /** Sends `size` bytes of a pattern with back-pressure, and takes as many back; resolves to both hashes and the seconds. */
  async bulk(label, size) {
    const chunkBytes = 65_536;
    const channel = channels.get(label);
    const received = new Uint8Array(size);
    let receivedBytes = 0;
    const complete = new Promise((resolve) => {
      channel.addEventListener("message", ({ data }) => {
        received.set(new Uint8Array(data), receivedBytes);
        receivedBytes += data.byteLength;
        if (receivedBytes === size) resolve();
      });
    });
    const sent = randomBytes(size);
    const startedAt = performance.now();
    channel.bufferedAmountLowThreshold = 1 << 20;
    for (let offset = 0; offset < size; offset += chunkBytes) {
      while (channel.bufferedAmount > 4 << 20) {
        await new Promise((resolve) =>
          channel.addEventListener("bufferedamountlow", resolve, { once: true }),
        );
      }
      channel.send(sent.subarray(offset, offset + chunkBytes));
    }
    const sentIn = (performance.now() - startedAt) / 1000;
    await complete;
    const seconds = (performance.now() - startedAt) / 1000;
    return { sent: await sha256(sent), received: await sha256(received), sentIn, seconds };
  },
};

globalThis.call = (name, ...argumentList) => commands[name](...argumentList);

async function describe(described) {
  await described.setLocalDescription();
  emitSignal(described, { description: described.localDescription.toJSON() });
}

/** What a connection of an earlier test says is for nobody. */
function emitSignal(from, signal) {
  if (from !== connection) return;
  signals.push(signal);
  wakeSignals();
}

function watch(channel) {
  channel.binaryType = "arraybuffer";
  channel.received = [];
  channel.log = [];
  for (const name of ["open", "closing", "close", "error"]) {
    channel.addEventListener(name, () => channel.log.push(name));
  }
  channel.addEventListener("message", ({ data }) => channel.received.push(data));
  channels.set(channel.label, channel);
}

function facts(channel) {
  const { id, label, protocol, ordered, maxPacketLifeTime, maxRetransmits, negotiated, readyState } = channel;
  return { id, label, protocol, ordered, maxPacketLifeTime, maxRetransmits, negotiated, readyState };
}

async function until(condition, what) {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`the browser waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function pattern(length) {
  return Uint8Array.from({ length }, (_, index) => index & 0xff);
}

function randomBytes(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
