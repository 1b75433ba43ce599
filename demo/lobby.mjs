// What all tabs share: who is here, which files there are, what happened lately.

import { formatBytes } from "./public/format.js";

/** Tabs at the same time. */
export const MAX_TABS = 32;
const KEPT_ACTIVITY = 30;
// The spelling alphabet of radio operators.
const CALL_SIGNS =
  "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu".split(
    " ",
  );

/** Members have a `name` and `tell(message)`. */
export class Lobby {
  #store;
  #members = new Map();
  #activity = [];
  #startedAt = Date.now();

  constructor(store) {
    this.#store = store;
    store.on("change", () => this.#tellAll({ type: "files", ...this.#files() }));
  }

  get names() {
    return [...this.#members.keys()];
  }

  /** The first call sign that nobody has, or `undefined` when all places are taken. */
  freeName() {
    if (this.#members.size >= MAX_TABS) return undefined;
    for (let round = 1; ; round++) {
      for (const sign of CALL_SIGNS) {
        const name = round === 1 ? sign : `${sign} ${round}`;
        if (!this.#members.has(name)) return name;
      }
    }
  }

  join(member) {
    this.#members.set(member.name, member);
  }

  leave(member) {
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    this.#tellAll({ type: "tabs", tabs: this.names });
  }

  /** What a tab needs to know when its lobby channel opens; the others hear of it. */
  welcome(member) {
    member.tell({
      type: "welcome",
      name: member.name,
      startedAt: this.#startedAt,
      activity: this.#activity,
      limits: this.#store.limits,
      ...this.#files(),
    });
    this.#tellAll({ type: "tabs", tabs: this.names });
  }

  /** Adds a line to the activity log of every page. `level`: "info", "good" or "bad". */
  report(level, text) {
    const entry = { at: Date.now(), level, text };
    this.#activity.push(entry);
    if (this.#activity.length > KEPT_ACTIVITY) this.#activity.shift();
    this.#tellAll({ type: "activity", entry });
  }

  /** A tab speaks to all tabs. */
  say(name, text) {
    this.#tellAll({ type: "say", from: name, text });
  }

  /** A tab removes a file from the shared list. */
  async removeFile(name, id) {
    const file = this.#store.get(id);
    if (file !== undefined && (await this.#store.remove(id))) {
      this.report("info", `${name} removed ${file.name} (${formatBytes(file.size)}).`);
    }
  }

  #files() {
    return { files: this.#store.list(), usedBytes: this.#store.usedBytes };
  }

  #tellAll(message) {
    for (const member of this.#members.values()) member.tell(message);
  }
}
