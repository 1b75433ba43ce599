// The Node peer of one tab: an RTCPeerConnection used exactly as a page uses it. Channels:
//
//   lobby   negotiated, id 100    Node → page: welcome, files, tabs, activity, stage; page → Node: remove {id}, devices
//   chat    opened by the page    one text message, one answer
//   pulse   opened by the page    unordered, never retransmitted: every message comes straight back
//   …       opened by the page    one per file, see public/transfer.js

import { answer, MAX_CHAT_LENGTH } from "./bot.mjs";
import { FileChannel } from "./file-channel.mjs";
import { Negotiation } from "./public/negotiation.js";
import { describe } from "./public/signals.js";
import { readStates, watchStates } from "./public/states.js";
import { FILE_PROTOCOL, parseControl } from "./public/transfer.js";
import { MAX_SECTIONS, TabMedia } from "./tab-media.mjs";

/** The stream of the lobby channel, agreed on in advance. */
export const LOBBY_ID = 100;
/** Channels of one tab at the same time. */
export const MAX_CHANNELS = 64;
/** A tab whose unread chat grows beyond this is sent away. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const MAX_PULSE_BYTES = 64;
const CONNECT_DEADLINE_MS = 60_000;

/** Joins lobby and stage when made, leaves them in `close()`. */
export class TabPeer {
  /** What the page says of itself: it wants to see what it sends; its camera and microphone are not switched off. */
  echo = false;
  camera = true;
  microphone = true;
  #connection;
  #negotiation;
  #media;
  #lobby;
  #stage;
  #store;
  #counters;
  #send;
  #onClosed;
  #lobbyChannel;
  #iceTransport;
  #channels = new Set();
  #fileChannels = new Set();
  #deadline;
  #closed = false;

  /** `send(signal)` carries signalling to the page; `onClosed(reason)` is called once, whoever ends it. */
  constructor({ RTCPeerConnection, videoCodecs, name, lobby, stage, store, counters, send, onClosed }) {
    this.name = name;
    this.#lobby = lobby;
    this.#stage = stage;
    this.#store = store;
    this.#counters = counters;
    this.#send = send;
    this.#onClosed = onClosed;
    this.#connection = new RTCPeerConnection();
    this.#connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate) send({ type: "candidate", candidate: candidate.toJSON() });
    });
    this.#connection.addEventListener("datachannel", ({ channel }) => this.#accept(channel));
    this.#media = new TabMedia(this.#connection, {
      videoCodecs,
      tell: (message) => this.tell(message),
      perform: (tracks) => stage.perform(this, tracks),
    });
    this.#negotiation = new Negotiation(this.#connection, {
      polite: false,
      send: (description) => send(describe(description)),
      onError: (error) => this.close(`no offer could be made: ${error.message}`),
      beforeAnswer: () => this.#media.prepareAnswer(),
    });
    watchStates(this.#connection, (states) => this.#onStates(states));
    this.#lobbyChannel = this.#connection.createDataChannel("lobby", { negotiated: true, id: LOBBY_ID });
    this.#lobbyChannel.addEventListener("open", () => lobby.welcome(this));
    this.#lobbyChannel.addEventListener("message", ({ data }) => this.#onLobbyMessage(data));
    this.#deadline = setTimeout(() => this.close("no connection within a minute"), CONNECT_DEADLINE_MS);
    lobby.join(this);
    stage.join(this);
  }

  /** The cameras and microphones that the page is to see, of which the stage tells. */
  show(acts) {
    if (!this.#closed) this.#media.show(acts);
  }

  /** One signalling message from the page, already validated. */
  async onSignal(signal) {
    if (this.#closed) return;
    try {
      if (signal.type === "hello" && signal.offer === "node") await this.#negotiation.begin();
      else if (signal.type === "description") await this.#onDescription(signal.description);
      else if (signal.type === "candidate") await this.#negotiation.onCandidate(signal.candidate);
    } catch (error) {
      // A candidate that cannot be used costs one path; without its description nothing can work.
      if (signal.type !== "candidate") this.close(`${signal.type} refused: ${error.message}`);
    }
  }

  /** A message for the page's lobby. */
  tell(message) {
    if (this.#lobbyChannel.readyState !== "open") return;
    if (this.#lobbyChannel.bufferedAmount > MAX_UNREAD_BYTES) {
      this.close("the page does not read");
      return;
    }
    this.#lobbyChannel.send(JSON.stringify(message));
  }

  close(reason) {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.#lobby.leave(this);
    this.#stage.leave(this);
    for (const fileChannel of this.#fileChannels) fileChannel.close(reason);
    this.#connection.close();
    this.#onClosed(reason);
  }

  async #onDescription(description) {
    const sections = description.sdp.split("\nm=").length - 1;
    if (sections > MAX_SECTIONS)
      throw new RangeError(`${sections} sections, where ${MAX_SECTIONS} are the limit`);
    await this.#negotiation.onDescription(description);
  }

  #onStates(states) {
    if (this.#closed) return;
    this.#watchPair();
    if (states.connection === "connected") clearTimeout(this.#deadline);
    this.#send({ type: "node", states, pair: this.#selectedPair() });
    if (states.connection === "failed" || states.sctp === "closed") this.close("the connection failed");
  }

  #watchPair() {
    const iceTransport = this.#connection.sctp?.transport.iceTransport;
    if (!iceTransport || iceTransport === this.#iceTransport) return;
    this.#iceTransport = iceTransport;
    iceTransport.addEventListener("selectedcandidatepairchange", () =>
      this.#onStates(readStates(this.#connection)),
    );
  }

  #selectedPair() {
    const pair = this.#iceTransport?.getSelectedCandidatePair();
    if (!pair) return null;
    return { local: summarize(pair.local), remote: summarize(pair.remote) };
  }

  #accept(channel) {
    if (this.#channels.size >= MAX_CHANNELS) {
      channel.close();
      return;
    }
    this.#channels.add(channel);
    channel.addEventListener("close", () => this.#channels.delete(channel));
    channel.binaryType = "arraybuffer";
    if (channel.protocol === FILE_PROTOCOL) this.#serveFile(channel);
    else if (channel.label === "pulse")
      channel.addEventListener("message", ({ data }) => pulse(channel, data));
    else if (channel.label === "chat")
      channel.addEventListener("message", ({ data }) => this.#chat(channel, data));
    else channel.close();
  }

  #serveFile(channel) {
    const fileChannel = new FileChannel(channel, {
      store: this.#store,
      from: this.name,
      report: (level, text) => this.#lobby.report(level, text),
      count: (direction, bytes) => {
        this.#counters[direction] += bytes;
      },
    });
    this.#fileChannels.add(fileChannel);
    channel.addEventListener("close", () => this.#fileChannels.delete(fileChannel));
  }

  #chat(channel, data) {
    if (typeof data !== "string" || data.length > MAX_CHAT_LENGTH * 2) return;
    if (channel.bufferedAmount > MAX_UNREAD_BYTES) {
      this.close("the page does not read");
      return;
    }
    const reply = answer(data, this.#chatContext());
    if (reply !== undefined) channel.send(reply);
  }

  #chatContext() {
    const pair = this.#selectedPair();
    return {
      name: this.name,
      tabs: this.#lobby.names,
      files: this.#store.list().length,
      usedBytes: this.#store.usedBytes,
      cameras: this.#stage.size,
      bytesIn: this.#counters.in,
      bytesOut: this.#counters.out,
      pair: pair && { local: endpoint(pair.local), remote: endpoint(pair.remote) },
      broadcast: (name, text) => this.#lobby.say(name, text),
    };
  }

  #onLobbyMessage(data) {
    const message = parseControl(data);
    if (message?.type === "remove" && typeof message.id === "string") {
      void this.#lobby.removeFile(this.name, message.id);
    } else if (message?.type === "devices") {
      for (const name of ["camera", "microphone", "echo"]) {
        if (typeof message[name] === "boolean") this[name] = message[name];
      }
      this.#stage.update();
    }
  }
}

function pulse(channel, data) {
  // Losing one is part of the game; queueing is not.
  if (typeof data === "string" || data.byteLength > MAX_PULSE_BYTES) return;
  if (channel.readyState === "open" && channel.bufferedAmount === 0) channel.send(data);
}

function summarize({ type, protocol, address, port }) {
  return { type, protocol, address, port };
}

function endpoint({ address, port }) {
  return address?.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
