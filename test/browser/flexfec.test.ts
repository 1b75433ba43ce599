/** FlexFEC (its draft 03), which Chromium has behind field trials. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type LaunchedBrowser, launchChromium } from "../../scripts/browser/launch.mjs";
import { RTCPeerConnection, type RTCTrackEvent } from "../../src/index.ts";
import { until } from "../until.testing.ts";
import { NETWORK_ADDRESS, NO_NETWORK } from "./in-browser.testing.ts";
import { LossyPath } from "./lossy-path.testing.ts";
import { answerPage, echo, MediaPage, statistics } from "./media.testing.ts";

if (NO_NETWORK !== undefined) console.log(`Skipped: calls over a path that loses packets: ${NO_NETWORK}`);

let chromium: LaunchedBrowser | undefined;
let page: MediaPage | undefined;
let connection: RTCPeerConnection | undefined;
let path: LossyPath | undefined;

beforeAll(async () => {
  const fieldTrials = ["WebRTC-FlexFEC-03", "WebRTC-FlexFEC-03-Advertised"];
  chromium = await launchChromium({ devices: true, fieldTrials });
  page = await MediaPage.open(chromium.browser);
});

afterEach(() => {
  connection?.close();
  path?.close();
  path = undefined;
});

afterAll(async () => {
  await page?.close();
  await chromium?.close();
});

const ours = (type: "outbound-rtp" | "inbound-rtp") => statistics(connection!, type);

test.skipIf(NO_NETWORK !== undefined)(
  "on a path that loses packets its repair packets give them back",
  async () => {
    path = await LossyPath.open(NETWORK_ADDRESS!, 4);
    connection = await echo(page!, (from, sdp) => path!.signalled(from, sdp));
    await page!.receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 0);
    path.latency = 75;
    path.loss = 0.1;
    await until(async () => {
      const { fecPacketsReceived, fecPacketsDiscarded } = await ours("inbound-rtp");
      return fecPacketsReceived! >= 20 && fecPacketsReceived! - fecPacketsDiscarded! >= 3;
    }, "packets to be recovered");
    // They come on a source of their own: that is FlexFEC.
    const announced = /^a=ssrc-group:FEC-FR (\d+) (\d+)/m.exec(connection.remoteDescription!.sdp)!;
    expect(await ours("inbound-rtp")).toMatchObject({
      ssrc: Number(announced[1]),
      fecSsrc: Number(announced[2]),
    });
  },
);

test.skipIf(NO_NETWORK !== undefined)(
  "ours are made use of where nothing can be asked for again",
  async () => {
    path = await LossyPath.open(NETWORK_ADDRESS!, 5);
    connection = new RTCPeerConnection();
    connection.addEventListener("track", (event) => {
      const { track, streams } = event as unknown as RTCTrackEvent;
      connection!.addTrack(track, ...streams);
    });
    await answerPage(connection, page!, ONLY_FLEXFEC, (from, sdp) =>
      path!.signalled(from, sdp).replace(/^a=rtcp-fb:\d+ nack\r\n/gm, ""),
    );
    await page!.receives(({ kind, framesDecoded }) => kind === "video" && framesDecoded > 15);
    const { sdp } = connection.localDescription!;
    const vp8 = Number(/^a=rtpmap:(\d+) VP8\/90000/m.exec(sdp)![1]);
    let count = 0;
    // One of twelve: no group of ten loses two.
    path.loses = (from, packet) => from === "node" && (packet[1]! & 0x7f) === vp8 && count++ % 12 === 11;
    const before = await page!.receives(({ kind }) => kind === "video");
    await until(() => path!.lost >= 40, "losses");
    const after = await page!.receives(({ kind }) => kind === "video");
    console.log(`40 losses, ${after.pliCount - before.pliCount} requests for key frames`);
    expect(after.pliCount - before.pliCount).toBeLessThan(15);
    expect(after.fecPacketsReceived).toBeGreaterThan(10);
    const announced = /^a=ssrc-group:FEC-FR \d+ (\d+)/m.exec(sdp)!;
    expect(after.fecSsrc).toBe(Number(announced[1]));
  },
);

/** Code for the page: its video is VP8 with FlexFEC, and nothing else that repairs. */
const ONLY_FLEXFEC = `
  const { codecs } = RTCRtpReceiver.getCapabilities("video");
  const wanted = codecs.filter(({ mimeType }) => ["video/VP8", "video/flexfec-03"].includes(mimeType));
  pc.getTransceivers().find(({ sender }) => sender.track?.kind === "video").setCodecPreferences(wanted);
`;
