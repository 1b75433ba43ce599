// The tab's end: one WebSocket for signalling and one RTCPeerConnection, made anew until the Node peer answers.

import { Negotiation } from "./negotiation.js";
import { describe, parseSignal } from "./signals.js";
import { readStates, watchStates } from "./states.js";
import { FILE_PROTOCOL } from "./transfer.js";

const LOBBY_ID = 100;
const RETRY_MS = [500, 1000, 2000, 3000, 5000];
const ATTEMPT_DEADLINE_MS = 15_000;
/** What this tab sends of its camera at most, bits per second. */
const MAX_VIDEO_BITRATE = 1_200_000;

/**
 * Events, each a `CustomEvent`:
 * `phase` {name: "connecting" | "connected" | "waiting", retryInMs?, reason?} · `states` {here, node, pair} ·
 * `milestone` {layer, afterMs} · `lobby` (a lobby message) · `chat` (text) · `pulse` (ArrayBuffer) · `channels` (count)
 */
export class Connection extends EventTarget {
  #offer;
  #attempt = 0;
  #session;

  /** `offer`: who makes the offer, "page" or "node". */
  constructor(offer) {
    super();
    this.#offer = offer;
  }

  start() {
    this.#session?.end();
    this.#emit("phase", { name: "connecting", attempt: this.#attempt });
    this.#session = new Session(this.#offer, {
      emit: (name, detail) => this.#emit(name, detail),
      onConnected: () => {
        this.#attempt = 0;
        this.#emit("phase", { name: "connected" });
      },
      onEnded: (reason) => this.#retry(reason),
    });
  }

  /** The browser's own statistics, or `undefined` while there is no connection. */
  async getStats() {
    return this.#session?.peerConnection.getStats();
  }

  get sctp() {
    return this.#session?.peerConnection.sctp ?? undefined;
  }

  sendChat(text) {
    return send(this.#session?.chat, text);
  }

  sendPulse(bytes) {
    return send(this.#session?.pulse, bytes);
  }

  removeFile(id) {
    return send(this.#session?.lobby, JSON.stringify({ type: "remove", id }));
  }

  /** Sends the tracks of a stream, or nothing any more (null). False while there is no connection. */
  publish(stream) {
    return this.#session?.publish(stream) ?? false;
  }

  /** Tells Node what the person has switched: `{camera, microphone, echo}`. */
  sendDevices(devices) {
    return send(this.#session?.lobby, JSON.stringify({ type: "devices", ...devices }));
  }

  /** The track that comes in a section of the description. */
  trackOf(mid) {
    const transceivers = this.#session?.peerConnection.getTransceivers() ?? [];
    return transceivers.find((transceiver) => transceiver.mid === mid)?.receiver.track;
  }

  /** A new channel for one file, or `undefined` while there is no connection. */
  openFileChannel() {
    return this.#session?.openFileChannel();
  }

  #retry(reason) {
    const retryInMs = RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)];
    this.#attempt += 1;
    this.#emit("phase", { name: "waiting", retryInMs, reason });
    setTimeout(() => this.start(), retryInMs);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** One attempt, from the WebSocket to the end of the connection. */
class Session {
  #emit;
  #onConnected;
  #onEnded;
  #socket;
  #startedAt = performance.now();
  #reached = new Set();
  #node = { states: undefined, pair: null };
  #lastError;
  #deadline;
  #openChannels = new Set();
  #negotiation;
  /** By kind. They stay when the camera is turned off: what is turned on later takes their place. */
  #sending = {};
  #ended = false;

  constructor(offer, { emit, onConnected, onEnded }) {
    this.#emit = emit;
    this.#onConnected = onConnected;
    this.#onEnded = onEnded;
    this.peerConnection = new RTCPeerConnection();
    this.#negotiation = new Negotiation(this.peerConnection, {
      polite: true,
      send: (description) => this.#signal(describe(description)),
      onError: (error) => this.end(`The browser could not make an offer: ${error.message}`),
      beforeAnswer: () => preferForwarded(this.peerConnection),
    });
    this.#watchPeerConnection();
    this.lobby = this.#watch(
      this.peerConnection.createDataChannel("lobby", { negotiated: true, id: LOBBY_ID }),
    );
    this.chat = this.#watch(this.peerConnection.createDataChannel("chat"));
    this.pulse = this.#watch(
      this.peerConnection.createDataChannel("pulse", { ordered: false, maxRetransmits: 0 }),
    );
    this.lobby.addEventListener("message", ({ data }) => this.#onLobby(parseLobby(data)));
    this.chat.addEventListener("message", ({ data }) => emit("chat", String(data)));
    this.pulse.addEventListener("message", ({ data }) => emit("pulse", data));

    this.#socket = new WebSocket(new URL("signal", location.href.replace(/^http/, "ws")));
    this.#socket.addEventListener("open", () => {
      this.#reach("signalling");
      this.#signal({ type: "hello", offer });
      if (offer === "page") void this.#negotiation.begin();
    });
    this.#socket.addEventListener("message", ({ data }) => void this.#onSignal(parseSignal(data)));
    this.#socket.addEventListener("close", () => this.end(this.#lastError ?? "The Node peer is not there."));
    this.#deadline = setTimeout(
      () => this.end(this.#lastError ?? "The Node peer answers, but no path to it works."),
      ATTEMPT_DEADLINE_MS,
    );
    this.#emitStates();
  }

  openFileChannel() {
    if (this.peerConnection.connectionState !== "connected") return undefined;
    const channel = this.peerConnection.createDataChannel("file", { protocol: FILE_PROTOCOL });
    return this.#watch(channel);
  }

  publish(stream) {
    if (this.lobby.readyState !== "open") return false;
    for (const kind of ["audio", "video"]) {
      const track = stream?.getTracks().find((candidate) => candidate.kind === kind) ?? null;
      if (track === null && this.#sending[kind] === undefined) continue;
      this.#sending[kind] ??= this.#addSending(kind);
      const transceiver = this.#sending[kind];
      transceiver.direction = track === null ? "inactive" : "sendonly";
      // Rejects when the connection has ended meanwhile.
      transceiver.sender.replaceTrack(track).catch(() => {});
    }
    return true;
  }

  #addSending(kind) {
    const sendEncodings = kind === "video" ? [{ maxBitrate: MAX_VIDEO_BITRATE }] : [{}];
    const transceiver = this.peerConnection.addTransceiver(kind, { direction: "sendonly", sendEncodings });
    preferForwarded(this.peerConnection);
    return transceiver;
  }

  /** Ends it. With a reason, `onEnded` hears of it. */
  end(reason) {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#socket.close();
    this.peerConnection.close();
    // close() fires no events: whoever waits on a channel hears of the end here.
    for (const channel of this.#openChannels) channel.dispatchEvent(new Event("close"));
    this.#emitStates();
    this.#emit("channels", 0);
    if (reason !== undefined) this.#onEnded(reason);
  }

  #watchPeerConnection() {
    this.peerConnection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate) this.#signal({ type: "candidate", candidate: candidate.toJSON() });
    });
    watchStates(this.peerConnection, (states) => {
      if (this.#ended) return;
      if (states.ice === "connected" || states.ice === "completed") this.#reach("ice");
      if (states.dtls === "connected") this.#reach("dtls");
      if (states.sctp === "connected") this.#reach("sctp");
      this.#emitStates();
      if (states.connection === "failed") this.end("The connection to the Node peer was lost.");
    });
  }

  #watch(channel) {
    channel.binaryType = "arraybuffer";
    channel.addEventListener("open", () => {
      this.#openChannels.add(channel);
      // An open channel proves all that is below it, even where a browser has no events for it.
      for (const layer of ["ice", "dtls", "sctp", "channels"]) this.#reach(layer);
      this.#emit("channels", this.#openChannels.size);
      this.#emitStates();
    });
    channel.addEventListener("close", () => {
      if (!this.#openChannels.delete(channel) || this.#ended) return;
      this.#emit("channels", this.#openChannels.size);
      if (channel === this.lobby) this.end("The Node peer closed the connection.");
    });
    return channel;
  }

  #onLobby(message) {
    if (message === undefined) return;
    if (message.type === "welcome") {
      clearTimeout(this.#deadline);
      this.#onConnected();
    }
    this.#emit("lobby", message);
  }

  async #onSignal(signal) {
    if (this.#ended) return;
    try {
      if (signal.type === "description") {
        await this.#negotiation.onDescription(signal.description);
      } else if (signal.type === "candidate") {
        await this.#negotiation.onCandidate(signal.candidate);
      } else if (signal.type === "node") {
        this.#node = signal;
        this.#emitStates();
      } else if (signal.type === "error") {
        this.#lastError = signal.message;
      }
    } catch (error) {
      if (signal.type === "description")
        this.end(`The browser refused the ${signal.description.type}: ${error.message}`);
    }
  }

  #signal(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #reach(layer) {
    if (this.#reached.has(layer)) return;
    this.#reached.add(layer);
    this.#emit("milestone", { layer, afterMs: performance.now() - this.#startedAt });
  }

  #emitStates() {
    const node = this.#ended ? { states: undefined, pair: null } : this.#node;
    this.#emit("states", { here: readStates(this.peerConnection), node: node.states, pair: node.pair });
  }
}

/** Node passes packets on as they are, so all tabs speak one codec: VP8. */
function preferForwarded(peerConnection) {
  const wanted = RTCRtpReceiver.getCapabilities("video").codecs.filter(({ mimeType }) =>
    /^video\/(vp8|rtx)$/i.test(mimeType),
  );
  for (const transceiver of peerConnection.getTransceivers()) {
    // A browser that does not know the method offers more than is used: the descriptions are longer.
    if (transceiver.receiver.track.kind === "video") transceiver.setCodecPreferences?.(wanted);
  }
}

function send(channel, data) {
  if (channel?.readyState !== "open") return false;
  channel.send(data);
  return true;
}

// The lobby's messages carry whole file lists: longer than the steering messages of a transfer.
function parseLobby(text) {
  try {
    const message = JSON.parse(text);
    return typeof message?.type === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
