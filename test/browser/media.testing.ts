/** One connection of ours to one of a page's, with audio and video, signalled without trickling. */
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll } from "vitest";
import { RTCPeerConnection, type RTCTrackEvent } from "../../src/index.ts";
import { PATIENCE, until } from "../until.testing.ts";
import { type BrowserName, describeWith, servePage } from "./in-browser.testing.ts";

/** What the page's statistics say of what it receives. */
export interface Received {
  readonly kind: string;
  readonly mimeType: string;
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly frameHeight: number;
  readonly freezeCount: number;
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
  readonly totalAudioEnergy: number;
  readonly fecPacketsReceived: number;
  readonly fecPacketsDiscarded: number;
  readonly fecSsrc: number;
}

/** Runs in the page. The browser has a moving picture and a tone for a camera and a microphone. */
const PAGE_SCRIPT = `
  globalThis.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 320, height: 240 } });
  globalThis.picture = (width, height) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    setInterval(() => {
      context.fillStyle = "hsl(" + Math.random() * 360 + " 80% 50%)";
      context.fillRect(Math.random() * width, Math.random() * height, 40, 40);
    }, 50);
    return canvas.captureStream(20);
  };
  globalThis.described = ${described};
  globalThis.open = (configuration) => {
    globalThis.pc?.close();
    document.body.replaceChildren();
    globalThis.pc = new RTCPeerConnection(configuration);
    // Without an element that plays it, nothing is decoded.
    pc.ontrack = ({ track }) => {
      const element = document.createElement(track.kind);
      element.muted = true;
      element.autoplay = true;
      element.srcObject = new MediaStream([track]);
      document.body.append(element);
      element.play().catch(() => {});
    };
  };
  globalThis.received = async () => {
    const report = await pc.getStats();
    const found = [];
    report.forEach((stats) => {
      if (stats.type !== "inbound-rtp") return;
      found.push({
        kind: stats.kind,
        mimeType: report.get(stats.codecId)?.mimeType ?? "",
        framesDecoded: stats.framesDecoded ?? 0,
        keyFramesDecoded: stats.keyFramesDecoded ?? 0,
        packetsReceived: stats.packetsReceived ?? 0,
        packetsLost: stats.packetsLost ?? 0,
        nackCount: stats.nackCount ?? 0,
        pliCount: stats.pliCount ?? 0,
        frameHeight: stats.frameHeight ?? 0,
        freezeCount: stats.freezeCount ?? 0,
        totalSamplesReceived: stats.totalSamplesReceived ?? 0,
        concealedSamples: stats.concealedSamples ?? 0,
        totalAudioEnergy: stats.totalAudioEnergy ?? 0,
        fecPacketsReceived: stats.fecPacketsReceived ?? 0,
        fecPacketsDiscarded: stats.fecPacketsDiscarded ?? 0,
        fecSsrc: stats.fecSsrc ?? 0,
      });
    });
    return found;
  };
`;

/**
 * Sets the local description; resolves to it with all its candidates. Also runs in the page. Other credentials mean that
 * there are candidates to come, before any state says so.
 */
async function described(
  pc: Pick<RTCPeerConnection, "addEventListener" | "localDescription" | "setLocalDescription">,
) {
  const credentials = () => /^a=ice-ufrag:.*$/m.exec(pc.localDescription?.sdp ?? "")?.[0];
  const before = credentials();
  const gathered = new Promise<void>((resolve) => {
    pc.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate === null) resolve();
    });
  });
  await pc.setLocalDescription();
  if (credentials() !== undefined && credentials() !== before) await gathered;
  return pc.localDescription?.sdp ?? "";
}

/** Declares tests for each browser, with a page that has a camera; what is not installed is skipped. */
export function describeWithCamera(declare: (name: BrowserName, page: () => MediaPage) => void): void {
  for (const name of ["Chromium", "Firefox"] as const) {
    describeWith(name, { devices: true }, (browser) => {
      let page: MediaPage | undefined;

      beforeAll(async () => {
        page = await MediaPage.open(browser());
      });

      afterAll(() => page?.close());

      declare(name, () => page!);
    });
  }
}

export class MediaPage {
  readonly page: Page;
  readonly #close: () => void;

  private constructor(page: Page, close: () => void) {
    this.page = page;
    this.#close = close;
  }

  static async open(browser: Browser): Promise<MediaPage> {
    const server = await servePage("page.js");
    const page = await browser.newPage();
    await page.goto(server.url, { timeout: PATIENCE });
    await page.evaluate(`(async () => { ${PAGE_SCRIPT} })()`);
    return new MediaPage(page, server.close);
  }

  run<Result>(script: string): Promise<Result> {
    return this.page.evaluate(`(async () => { ${script} })()`) as Promise<Result>;
  }

  received(): Promise<Received[]> {
    return this.run("return received()");
  }

  /** Waits until the page receives something of which `condition` is true; fails with what it received last. */
  async receives(condition: (received: Received) => boolean): Promise<Received> {
    let all: Received[] = [];
    const look = async () => {
      all = await this.received();
      return all.some(condition);
    };
    await until(look, "what the page is to receive").catch((error: Error) => {
      throw new Error(`${error.message}; it has received ${JSON.stringify(all)}`);
    });
    return all.find(condition)!;
  }

  async close(): Promise<void> {
    await this.page.close();
    this.#close();
  }
}

/** Code for the page: offers this codec alone, with what goes along; without the codec nothing at all. */
export function preferring(kind: "audio" | "video", codec: string): string {
  const along = kind === "video" ? "video/rtx" : codec === "red" ? "audio/opus" : "";
  return `
    const { codecs } = RTCRtpSender.getCapabilities("${kind}");
    const wanted = codecs.filter(({ mimeType }) => mimeType === "${kind}/${codec}");
    if (wanted.length === 0) { pc.close(); return ""; }
    const transceiver = pc.getTransceivers().find(({ sender }) => sender.track?.kind === "${kind}");
    transceiver.setCodecPreferences([...wanted, ...codecs.filter(({ mimeType }) => mimeType === "${along}")]);
  `;
}

/** What becomes of a description's text on its way. */
export type Signalled = (from: "page" | "node", sdp: string) => string;

const asItIs: Signalled = (_from, sdp) => sdp;

/** The page offers after what `prepare` does, and is answered; false: it had nothing to offer. */
export async function negotiate(
  connection: RTCPeerConnection,
  page: MediaPage,
  prepare: string,
  signalled: Signalled = asItIs,
): Promise<boolean> {
  const offer = await page.run<string>(`
    ${prepare}
    return described(pc);
  `);
  if (offer === "") return false;
  await connection.setRemoteDescription({ type: "offer", sdp: signalled("page", offer) });
  const answer = signalled("node", await described(connection));
  await page.run(`await pc.setRemoteDescription({ type: "answer", sdp: ${JSON.stringify(answer)} })`);
  return true;
}

/** Answers a fresh offer of the page with its camera and microphone; false: the page had nothing to offer. */
export function answerPage(
  connection: RTCPeerConnection,
  page: MediaPage,
  prepare = "",
  signalled: Signalled = asItIs,
): Promise<boolean> {
  const begin = "open(); for (const track of stream.getTracks()) pc.addTrack(track, stream);";
  return negotiate(connection, page, begin + prepare, signalled);
}

/** A connection of ours that sends every track back, negotiated on the page's offer if it has one (`prepare`: code for it). */
export async function echo(
  page: MediaPage,
  signalled: Signalled = asItIs,
  prepare = "",
): Promise<RTCPeerConnection> {
  const connection = new RTCPeerConnection();
  connection.addEventListener("track", (event) => {
    const { track, streams } = event as unknown as RTCTrackEvent;
    // It comes again when the page begins to send again.
    if (!connection.getSenders().some((sender) => sender.track === track))
      connection.addTrack(track, ...streams);
  });
  await answerPage(connection, page, prepare, signalled);
  return connection;
}

/** What one of our own streams counts. */
export async function statistics(
  connection: RTCPeerConnection,
  type: "outbound-rtp" | "inbound-rtp",
  kind = "video",
): Promise<Record<string, number>> {
  for (const stats of (await connection.getStats()).values()) {
    const entry = stats as unknown as Record<string, unknown>;
    if (entry.type === type && entry.kind === kind) return entry as Record<string, number>;
  }
  return {};
}
