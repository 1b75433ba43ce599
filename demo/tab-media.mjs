// The audio and video of one tab's connection: what the tab sends, and what of the others it is sent. Nothing is decoded here:
// a received track that is given to a sender is passed on packet by packet, and a key frame is asked for where one is needed.

/** Sections of a description: those for all acts, the tab's own two, the data channels, and some to spare. */
export const MAX_SECTIONS = 24;

const KINDS = ["audio", "video"];

/** What all tabs can show each other: VP8, which every browser has, with its retransmissions. */
export function forwardedVideo(capabilities) {
  return capabilities.codecs.filter(({ mimeType }) => /^video\/(vp8|rtx)$/i.test(mimeType));
}

export class TabMedia {
  #connection;
  #videoCodecs;
  #tell;
  #perform;
  /** Each shows one act, or nothing for now: then the next one takes its place. */
  #slots = [];
  #acts = [];
  #performed = { audio: null, video: null };
  #refused = false;
  #told = JSON.stringify({ acts: [], refused: false });

  /**
   * `tell(message)` carries what is shown to the page; `perform(tracks)` hears what the page sends, and returns whether it is
   * passed on.
   */
  constructor(connection, { videoCodecs, tell, perform }) {
    this.#connection = connection;
    this.#videoCodecs = videoCodecs;
    this.#tell = tell;
    this.#perform = perform;
    connection.addEventListener("signalingstatechange", () => {
      if (connection.signalingState === "stable") this.#settled();
    });
  }

  /** An offer of the page is in place: of its video, what the others can be shown is agreed on. */
  prepareAnswer() {
    for (const transceiver of this.#incoming("video")) transceiver.setCodecPreferences(this.#videoCodecs);
  }

  /**
   * What the page is to see. Places stay when they are empty, and are used again: descriptions do not grow when tabs come and
   * go, and mostly none are exchanged.
   */
  show(acts) {
    this.#acts = acts;
    for (const slot of this.#slots) {
      if (slot.name !== undefined && !acts.some(({ name }) => name === slot.name)) this.#fill(slot, {});
    }
    for (const act of acts) {
      const slot =
        this.#slots.find(({ name }) => name === act.name) ??
        this.#slots.find(({ name }) => name === undefined) ??
        this.#addSlot();
      this.#fill(slot, act);
    }
    this.#announce();
  }

  #addSlot() {
    const slot = { name: undefined, audio: undefined, video: undefined };
    this.#slots.push(slot);
    return slot;
  }

  #fill(slot, { name, ...tracks }) {
    slot.name = name;
    for (const kind of KINDS) {
      const track = tracks[kind] ?? null;
      if (track === null && slot[kind] === undefined) continue;
      slot[kind] ??= this.#addTransceiver(kind);
      const { sender } = slot[kind];
      // Changes at once follow each other, and the last one counts. Rejects when the connection has been closed meanwhile.
      sender.replaceTrack(track).catch(() => {});
    }
  }

  #addTransceiver(kind) {
    const transceiver = this.#connection.addTransceiver(kind, { direction: "sendonly" });
    if (kind === "video") transceiver.setCodecPreferences(this.#videoCodecs);
    return transceiver;
  }

  /** Transceivers that the page has offered. */
  #incoming(kind) {
    return this.#connection
      .getTransceivers()
      .filter(
        (transceiver) =>
          transceiver.receiver.track.kind === kind && !this.#slots.some((slot) => slot[kind] === transceiver),
      );
  }

  /** Both ends agree. */
  #settled() {
    // Of each kind, one track of a tab is shown: the first that it sends.
    const [audio, video] = KINDS.map((kind) => this.#incoming(kind).find(receives)?.receiver.track ?? null);
    if (audio !== this.#performed.audio || video !== this.#performed.video) {
      this.#performed = { audio, video };
      this.#refused = !this.#perform(this.#performed);
    }
    this.#announce();
  }

  /** Tells the page which section shows whom, once both ends have agreed on it. */
  #announce() {
    const acts = this.#acts.flatMap(({ name, own, camera, microphone, ...tracks }) => {
      const slot = this.#slots.find((slot) => slot.name === name);
      const [audio, video] = KINDS.map((kind) => (tracks[kind] ? sectionOf(slot?.[kind]) : null));
      return audio === null && video === null ? [] : [{ name, own, camera, microphone, audio, video }];
    });
    const message = { acts, refused: this.#refused };
    const text = JSON.stringify(message);
    if (text === this.#told) return;
    this.#told = text;
    this.#tell({ type: "stage", ...message });
  }
}

function receives({ currentDirection }) {
  return currentDirection === "recvonly" || currentDirection === "sendrecv";
}

function sectionOf(transceiver) {
  return transceiver?.currentDirection === "sendonly" ? transceiver.mid : null;
}
