// Whose camera or microphone is on, and who sees it: what one tab sends is passed on to all others, packet by packet.

/** Tabs whose camera or microphone is passed on at the same time. */
export const MAX_ACTS = 8;

/** Members have a `name`, `echo` (whether they want to see themselves) and `show(acts)`. */
export class Stage {
  #report;
  #members = new Set();
  #acts = new Map();

  /** `report(level, text)` tells all pages what happened. */
  constructor(report) {
    this.#report = report;
  }

  /** Tabs whose camera or microphone is on. */
  get size() {
    return this.#acts.size;
  }

  join(member) {
    this.#members.add(member);
    this.#showTo(member);
  }

  leave(member) {
    this.#members.delete(member);
    if (this.#acts.delete(member)) this.update();
  }

  /** What a member sends now: `{audio, video}`, each a track or null. False: too many do already. */
  perform(member, { audio, video }) {
    const known = this.#acts.has(member);
    if (audio === null && video === null) {
      if (!known) return true;
      this.#acts.delete(member);
      this.#report("info", `${member.name} turned camera and microphone off.`);
    } else {
      if (!known && this.#acts.size >= MAX_ACTS) return false;
      this.#acts.set(member, { name: member.name, audio, video });
      if (!known) this.#report("info", `${member.name} is on: ${what(audio, video)}.`);
    }
    this.update();
    return true;
  }

  /** Every member is shown what it is to see. */
  update() {
    for (const member of this.#members) this.#showTo(member);
  }

  #showTo(member) {
    const acts = [];
    for (const [performer, act] of this.#acts) {
      if (performer === member && !member.echo) continue;
      const { camera, microphone } = performer;
      acts.push({ ...act, camera, microphone, own: performer === member });
    }
    member.show(acts);
  }
}

function what(audio, video) {
  if (video === null) return "microphone";
  return audio === null ? "camera" : "camera and microphone";
}
