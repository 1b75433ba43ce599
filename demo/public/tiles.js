// The pictures: this tab's own, the others', and what comes back of this tab's through Node.

import { byId, element, showFacts } from "./element.js";

const OWN = "own";

export class Tiles {
  #trackOf;
  #tiles = new Map();

  /** `trackOf(mid)`: what comes in that section. */
  constructor(trackOf) {
    this.#trackOf = trackOf;
  }

  /** What this tab sends; null: nothing. */
  showOwn(stream, camera) {
    if (stream === null) this.#remove(OWN);
    else {
      const tile = this.#tile(OWN, "You", "as your camera sees you");
      show(tile, stream, { video: stream.getVideoTracks().length > 0, camera });
    }
    this.#arrange();
  }

  /** What Node sends to this tab. */
  showActs(acts) {
    const keys = new Set(acts.map(keyOf));
    for (const key of this.#tiles.keys()) if (key !== OWN && !keys.has(key)) this.#remove(key);
    for (const act of acts) {
      const { name, own, audio, video, camera, microphone } = act;
      const title = own ? "Back from Node" : name;
      const tile = this.#tile(keyOf(act), title, "waiting for the first picture");
      tile.mids = { audio, video };
      const tracks = [audio, video].map((mid) => mid && this.#trackOf(mid)).filter(Boolean);
      show(tile, streamOf(tile, tracks), { video: video !== null, camera });
      tile.sound.hidden = audio === null;
      tile.silent.hidden = microphone && audio !== null;
    }
    this.#arrange();
  }

  /** Writes under each picture what the browser counts of it: `factsOf({audio, video})` by sections. */
  showFacts(factsOf) {
    for (const [key, tile] of this.#tiles) {
      const facts = key === OWN ? undefined : factsOf(tile.mids);
      if (facts !== undefined) showFacts(tile.facts, facts);
    }
  }

  #tile(key, title, facts) {
    const known = this.#tiles.get(key);
    if (known !== undefined) return known;
    const video = element("video", { autoplay: true, playsInline: true, muted: true });
    video.setAttribute("aria-label", title);
    const sound = element("button", { type: "button", className: "small", hidden: true }, "Sound is off");
    sound.setAttribute("aria-label", `Sound of ${title}`);
    sound.setAttribute("aria-pressed", "false");
    sound.addEventListener("click", () => {
      video.muted = !video.muted;
      sound.textContent = video.muted ? "Sound is off" : "Sound is on";
      sound.setAttribute("aria-pressed", String(!video.muted));
      void play(video);
    });
    const curtain = element("p", { className: "curtain", hidden: true }, "Camera is off");
    const silent = element("span", { className: "silent", hidden: true }, "microphone is off");
    const factsLine = element("p", { className: "detail" }, facts);
    const item = element(
      "li",
      { className: "tile", dataset: { act: key } },
      element("div", { className: "screen" }, video, curtain),
      element("div", { className: "caption" }, element("p", {}, element("b", {}, title), silent), sound),
      factsLine,
    );
    const tile = { item, video, sound, curtain, silent, facts: factsLine, mids: {}, stream: undefined };
    this.#tiles.set(key, tile);
    byId("tiles").append(item);
    return tile;
  }

  #remove(key) {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return;
    tile.video.srcObject = null;
    tile.item.remove();
    this.#tiles.delete(key);
  }

  #arrange() {
    byId("tiles-empty").hidden = this.#tiles.size > 0;
    byId("tiles").dataset.count = String(this.#tiles.size);
  }
}

function keyOf({ name, own }) {
  return own ? "echo" : name;
}

/** The same stream as long as its tracks are the same: a new one would begin with a black picture. */
function streamOf(tile, tracks) {
  const known = tile.stream?.getTracks() ?? [];
  if (tile.stream === undefined || known.length !== tracks.length || tracks.some((t) => !known.includes(t))) {
    tile.stream = new MediaStream(tracks);
  }
  return tile.stream;
}

function show({ video, curtain }, stream, { video: hasVideo, camera }) {
  if (video.srcObject !== stream) {
    video.srcObject = stream;
    void play(video);
  }
  curtain.hidden = hasVideo && camera;
  curtain.textContent = hasVideo ? "Camera is off" : "No camera";
}

/** What is muted may play by itself; a browser that refuses even that starts with the next click. */
async function play(video) {
  try {
    await video.play();
  } catch {}
}
