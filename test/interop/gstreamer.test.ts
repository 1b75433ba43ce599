/** With GStreamer's webrtcbin: another ICE (libnice), DTLS, SRTP, SCTP and RTP than the browsers'. */
import { afterEach, describe, expect, test } from "vitest";
import { findGstreamer, GstreamerCall } from "./gstreamer.testing.ts";

const found = findGstreamer();
if (typeof found === "string") console.log(`gstreamer: skipped, because ${found}`);

let call: GstreamerCall | undefined;
afterEach(() => {
  call?.close();
  call = undefined;
});

/** Pictures and sound came, were passed on, and were decoded where they came from. */
async function mediaFlows(one: GstreamerCall): Promise<void> {
  await one.until(() => one.state === "connected" && one.connection.connectionState === "connected");
  await one.until(() => one.frames.video > 10 && one.frames.audio > 10);
  await one.until(() => one.picturesDecoded > 10 && one.soundsDecoded > 10);
  expect(one.keyFrames).toBeGreaterThan(0);
  await one.nextKeyFrame();
}

const CODECS = [
  ["VP8", "OPUS", ["vp8dec", "opusdec"]],
  ["H264", "PCMU", ["x264enc", "avdec_h264", "mulawenc"]],
  ["VP9", "G722", ["vp9enc", "vp9dec", "avenc_g722"]],
] as const;

describe.skipIf(typeof found === "string")(typeof found === "string" ? "" : found.version, () => {
  const missing = (elements: readonly string[]) =>
    typeof found === "string" ? [] : elements.filter((one) => !found.elements.has(one));

  for (const [video, audio, elements] of CODECS) {
    describe.skipIf(missing(elements).length > 0)(`${video}, ${audio} and data`, () => {
      test("it offers", async () => {
        call = new GstreamerCall(video, audio);
        const one = call;
        const received: unknown[] = [];
        one.connection.ondatachannel = ({ channel }) => {
          channel.onmessage = ({ data }) => {
            received.push(data);
            one.changed();
          };
          channel.onopen = () => channel.send("from us");
        };
        one.askForOffer("theirs");
        await mediaFlows(one);
        await one.until(() => one.channels.includes("theirs") && one.messages.includes("from us"));
        one.send("from GStreamer");
        await one.until(() => received.includes("from GStreamer"));
      });

      test("we offer", async () => {
        call = new GstreamerCall(video, audio);
        const one = call;
        for (const kind of ["video", "audio"]) one.connection.addTransceiver(kind);
        const channel = one.connection.createDataChannel("ours");
        const received: unknown[] = [];
        channel.onmessage = ({ data }) => {
          received.push(data);
          one.changed();
        };
        channel.onopen = () => channel.send("from us");
        await one.offer();
        await mediaFlows(one);
        await one.until(() => one.channels.includes("ours") && one.messages.includes("from us"));
        one.send("from GStreamer");
        await one.until(() => received.includes("from GStreamer"));
      });
    });
  }
});
