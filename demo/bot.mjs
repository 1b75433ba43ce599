// The one who answers in the chat. No model, no network: a table of commands and a handful of reflexes.

import { createHash, randomInt } from "node:crypto";
import { formatBytes, formatDuration } from "./public/format.js";

/** Characters of a chat message that are read. */
export const MAX_CHAT_LENGTH = 2000;

const COMMANDS = {
  help: {
    about: "what I can do",
    run: () =>
      [
        "I know these by heart:",
        ...Object.entries(COMMANDS).map(([name, { about }]) => `/${name}  ${about}`),
      ].join("\n"),
  },
  time: {
    about: "the time where I am",
    run: () => {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      return `${new Date().toLocaleString("en-GB", { dateStyle: "full", timeStyle: "medium" })} (${zone}), by the clock of the machine I run on.`;
    },
  },
  stats: {
    about: "how the Node peer is doing",
    run: (_, { tabs, files, usedBytes, cameras, bytesIn, bytesOut }) => {
      const { rss } = process.memoryUsage();
      return [
        `Up for ${formatDuration(process.uptime())} on Node ${process.versions.node}, using ${formatBytes(rss)} of memory.`,
        `${plural(tabs.length, "tab")} connected, ${plural(cameras, "camera")} on, ${plural(files, "file")} kept (${formatBytes(usedBytes)}).`,
        `Files in: ${formatBytes(bytesIn)}. Files out: ${formatBytes(bytesOut)}.`,
      ].join("\n");
    },
  },
  who: {
    about: "who else is here",
    run: (_, { tabs, name }) => {
      if (tabs.length === 1)
        return `Only you, ${name}. Open this page in a second tab and say hello with /all.`;
      return `${tabs.map((tab) => (tab === name ? `${tab} (you)` : tab)).join(", ")}.`;
    },
  },
  all: {
    about: "TEXT: say something to every tab",
    run: (text, { name, broadcast }) => {
      if (text === "") return "Say what? /all hello, for example.";
      broadcast(name, text);
      return undefined;
    },
  },
  echo: {
    about: "TEXT: the same, back",
    run: (text) => (text === "" ? "… (that was your silence, faithfully returned)" : text),
  },
  hash: {
    about: "TEXT: its SHA-256",
    run: (text) => createHash("sha256").update(text).digest("hex"),
  },
  roll: {
    about: "2d6: dice, thrown by node:crypto",
    run: (text) => {
      const [, count, sides] = /^(\d{1,2})?d(\d{1,4})$/i.exec(text || "1d6") ?? [];
      const dice = Number(count ?? 1);
      if (sides === undefined || dice < 1 || Number(sides) < 2) return "Like this: /roll 2d6.";
      const thrown = Array.from({ length: dice }, () => randomInt(1, Number(sides) + 1));
      const total = thrown.reduce((sum, value) => sum + value, 0);
      return dice === 1 ? `${total}.` : `${thrown.join(" + ")} = ${total}.`;
    },
  },
  path: {
    about: "how our packets travel",
    run: (_, { pair }) => {
      if (!pair) return "I cannot tell yet.";
      return `From my ${pair.local} to your ${pair.remote}, over UDP, in DTLS, in SCTP. No server in between.`;
    },
  },
};

const REFLEXES = [
  [
    /^(hi|hello|hey|hallo|servus|moin|bonjour|hola)\b/i,
    ({ name }) => `Hello, ${name}! Every word of ours is encrypted, and no server relays it. Try /help.`,
  ],
  [/\bping\b/i, () => "Pong. For the honest figure, see the chart: it pings four times a second."],
  [
    /\b(thanks|thank you|danke|merci|gracias)\b/i,
    () => "With pleasure. I had the packets lying around anyway.",
  ],
  [/\b(bye|goodbye|tschüss|ciao)\b/i, () => "Close the tab whenever you like: I tidy up after you."],
  [
    /\bwho are you\b/i,
    () =>
      `Node ${process.versions.node}, speaking WebRTC without a browser: every packet of it written in TypeScript.`,
  ],
  [/\b(love|like) (you|this)\b/i, () => "The feeling is reliable and ordered."],
  [/\?\s*$/, () => "Good question. I am better with commands, though: /help lists them."],
];

const MUSINGS = [
  (text) =>
    `I got ${plural([...text].length, "character")}, in order and undamaged. /help shows what else I can do.`,
  () => "Noted. On a wire, that was one DATA chunk and one SACK.",
  () => "I could agree or disagree, but mostly I acknowledge. (That is an SCTP joke.)",
];

/** The answer to one message, or `undefined` for none. `context` describes the peer: see peer.mjs. */
export function answer(text, context) {
  const trimmed = text.slice(0, MAX_CHAT_LENGTH).trim();
  if (trimmed === "") return undefined;
  if (trimmed.startsWith("/")) {
    const [word] = trimmed.slice(1).split(/\s/, 1);
    const command = Object.hasOwn(COMMANDS, word.toLowerCase()) ? COMMANDS[word.toLowerCase()] : undefined;
    if (command === undefined) return `I do not know /${word}. /help lists what I know.`;
    return command.run(trimmed.slice(1 + word.length).trim(), context);
  }
  const reflex = REFLEXES.find(([pattern]) => pattern.test(trimmed));
  if (reflex !== undefined) return reflex[1](context);
  return MUSINGS[randomInt(MUSINGS.length)](trimmed);
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
