// The states at both ends, the selected candidate pair, and the strip of layers.

import { byId, element } from "./element.js";
import { formatBytes, formatMilliseconds } from "./format.js";
import { STATE_NAMES } from "./states.js";

const TONES = {
  good: ["stable", "complete", "completed", "connected"],
  busy: ["new", "have-local-offer", "have-remote-offer", "gathering", "checking", "connecting"],
  bad: ["failed", "disconnected", "closed"],
};

const LAYER_TEXTS = {
  signalling: "WebSocket",
  ice: "finds a path",
  dtls: "encrypts it",
  sctp: "orders and repeats",
  channels: "carry your data",
};

export class ConnectionView {
  #cells = new Map();
  #nodePair = null;

  constructor() {
    const rows = STATE_NAMES.map(([key, title]) => {
      const here = element("span", { className: "state" }, "–");
      const node = element("span", { className: "state" }, "–");
      this.#cells.set(key, { here, node });
      return element(
        "tr",
        {},
        element("th", { scope: "row" }, title),
        element("td", {}, here),
        element("td", {}, node),
      );
    });
    byId("states").append(...rows);
  }

  onStates({ here, node, pair }) {
    this.#nodePair = pair;
    for (const [key, cells] of this.#cells) {
      showState(cells.here, here[key]);
      showState(cells.node, node?.[key]);
    }
  }

  /** A new attempt: all layers dark again. */
  reset() {
    for (const item of byId("layers").children) {
      delete item.dataset.lit;
      setLayerText(item.dataset.layer, LAYER_TEXTS[item.dataset.layer]);
      item.querySelector("i").textContent = "";
    }
    byId("setup-time").textContent = "";
    byId("hop").textContent = "";
    byId("pair").replaceChildren(element("p", { className: "empty" }, "None yet."));
  }

  onMilestone({ layer, afterMs }) {
    const item = layerItem(layer);
    item.dataset.lit = "";
    item.querySelector("i").textContent = `${afterMs.toFixed(0)} ms`;
    if (layer === "channels") byId("setup-time").textContent = `connected in ${formatMilliseconds(afterMs)}`;
  }

  onChannels(count) {
    if (count > 0) setLayerText("channels", `${count} open`);
  }

  /** `stats` is the browser's RTCStatsReport, `sctp` its RTCSctpTransport. */
  onStats(stats, sctp) {
    const entries = [...stats.values()];
    const transport = entries.find(({ type }) => type === "transport");
    const pair =
      entries.find(
        ({ id, type }) => type === "candidate-pair" && id === transport?.selectedCandidatePairId,
      ) ??
      entries.find(({ type, selected, nominated, state }) => {
        return type === "candidate-pair" && (selected || (nominated && state === "succeeded"));
      });
    if (pair === undefined) return;
    const local = stats.get(pair.localCandidateId);
    const remote = stats.get(pair.remoteCandidateId);
    this.#showPair(local, remote, pair);
    setLayerText(
      "ice",
      `${local?.candidateType ?? "?"} to ${remote?.candidateType ?? "?"}, ${local?.protocol ?? "udp"}`,
    );
    if (transport?.dtlsCipher) setLayerText("dtls", dtlsText(transport));
    if (sctp?.maxMessageSize) setLayerText("sctp", maxMessageText(sctp.maxMessageSize));
  }

  #showPair(local, remote, { bytesSent = 0, bytesReceived = 0, currentRoundTripTime }) {
    // A browser hides its own address behind an mDNS name, but the Node peer sees where the packets come from.
    const mine = this.#nodePair?.remote;
    const theirs = this.#nodePair?.local;
    const rows = [
      pairRow("This tab", endpointText(mine) ?? endpointText(local), local?.candidateType ?? mine?.type),
      pairRow("Node", endpointText(remote) ?? endpointText(theirs), remote?.candidateType ?? theirs?.type),
    ];
    const facts = [`${formatBytes(bytesSent)} sent`, `${formatBytes(bytesReceived)} received`];
    if (currentRoundTripTime) facts.push(`ICE round trip ${formatMilliseconds(currentRoundTripTime * 1000)}`);
    byId("pair").replaceChildren(...rows, element("p", { className: "hint" }, facts.join(" · ")));
    byId("hop").textContent = `${local?.protocol ?? "udp"} · DTLS · SCTP`;
  }
}

function showState(cell, state) {
  const text = state ?? "–";
  if (cell.textContent === text) return;
  cell.textContent = text;
  cell.dataset.tone = Object.keys(TONES).find((tone) => TONES[tone].includes(text)) ?? "";
}

function layerItem(layer) {
  return byId("layers").querySelector(`[data-layer="${layer}"]`);
}

function setLayerText(layer, text) {
  const span = layerItem(layer).querySelector("span");
  if (span.textContent !== text) span.textContent = text;
  span.title = text;
}

function dtlsText({ tlsVersion, dtlsCipher }) {
  const version = { FEFD: "1.2", FEFC: "1.3" }[tlsVersion?.toUpperCase()];
  const [cipher] = /AES_\d+_\w+?(?=_SHA|$)|CHACHA20_POLY1305/.exec(dtlsCipher) ?? [dtlsCipher];
  return `${version === undefined ? "" : `${version}, `}${cipher.replaceAll("_", "-")}`;
}

function maxMessageText(bytes) {
  return Number.isFinite(bytes) ? `up to ${Math.round(bytes / 1024)} KiB a message` : "messages of any size";
}

function pairRow(who, endpoint, kind) {
  return element(
    "div",
    {},
    element("b", {}, who),
    element("code", {}, endpoint ?? "hidden by the browser"),
    element("span", { className: "kind" }, kind ?? ""),
  );
}

function endpointText(candidate) {
  const address = candidate?.address ?? candidate?.ip;
  if (!address) return undefined;
  return address.includes(":") ? `[${address}]:${candidate.port}` : `${address}:${candidate.port}`;
}
