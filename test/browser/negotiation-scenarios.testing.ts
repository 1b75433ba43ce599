/** What our RTCPeerConnection must negotiate with any browser. Run by negotiation-chromium.test.ts and negotiation-firefox.test.ts. */
import type { Page } from "puppeteer-core";
import { afterEach, describe, expect, test } from "vitest";
import { type BrowserName, skipIf } from "./in-browser.testing.ts";
import { Negotiation, type NegotiationOptions } from "./negotiation.testing.ts";
import type { Facts } from "./negotiation-facts.ts";

/** Declares the tests. `page()` is the page in which negotiation-page.js runs. */
export function describeNegotiation(page: () => Page, browser: BrowserName): void {
  let negotiation: Negotiation;

  async function open(options?: NegotiationOptions): Promise<Negotiation> {
    negotiation = await Negotiation.open(page(), options);
    return negotiation;
  }

  describe.each(["browser", "node"] as const)("when the offer comes from the %s", (offerer) => {
    afterEach(async () => {
      await negotiation.close();
    });

    const answerer = offerer === "node" ? "browser" : "node";

    /** Audio, and a channel, connected. */
    async function openConnected(options?: NegotiationOptions) {
      await open(options);
      const [a, b] = negotiation.ends(offerer);
      await a.addTrack("audio", ["first"]);
      await a.createChannel("beside");
      await negotiation.exchange(offerer);
      await negotiation.connected();
      await negotiation.talk();
      return [a, b] as const;
    }

    test("audio, video and data share a transport; codecs, directions and streams are the same at both ends", async () => {
      await open();
      const [a, b] = negotiation.ends(offerer);
      const audioStreams = await a.addTrack("audio", ["one"]);
      const videoStreams = await a.addTrack("video", ["one", "two"]);
      await a.createChannel("beside");
      const answeredStreams = await b.addTrack("audio", ["three"]);

      const facts = await negotiation.exchange(offerer);
      expect(directions(facts[offerer])).toEqual(["0 audio sendrecv sendrecv", "1 video sendrecv sendonly"]);
      expect(directions(facts[answerer])).toEqual(["0 audio sendrecv sendrecv", "1 video recvonly recvonly"]);
      expect(facts[answerer].tracks).toEqual([
        { mid: "0", kind: "audio", streams: audioStreams },
        { mid: "1", kind: "video", streams: videoStreams },
      ]);
      expect(facts[offerer].tracks).toEqual([{ mid: "0", kind: "audio", streams: answeredStreams }]);
      await negotiation.connected();
      await negotiation.talk();
      await negotiation.or(Promise.all([a.gathered(), b.gathered()]));
      await expectTransports(negotiation, ["connected"]);
    });

    test.each(["balanced", "max-compat", "max-bundle"] as const)(
      "bundlePolicy %s ends on one transport",
      async (bundlePolicy) => {
        await open({
          node: { configuration: { bundlePolicy } },
          browser: { configuration: { bundlePolicy } },
        });
        const [a] = negotiation.ends(offerer);
        for (const kind of ["audio", "audio", "video", "video"] as const) await a.addTransceiver(kind);
        await a.createChannel("beside");
        await negotiation.exchange(offerer);
        await negotiation.connected();
        await negotiation.talk();
        await expectTransports(negotiation, ["connected"]);
      },
    );

    test("without BUNDLE every section has a transport of its own; a later offer bundles them", async () => {
      const configuration = { bundlePolicy: "max-compat" } as const;
      await open({ node: { configuration }, browser: { configuration } });
      negotiation.munge = (sdp) => sdp.replace(/^a=group:BUNDLE.*\r\n/m, "");
      const [a, b] = negotiation.ends(offerer);
      await a.addTrack("audio", ["one"]);
      await a.addTrack("video", ["one"]);
      await a.createChannel("beside");
      await b.addTrack("video", ["two"]);
      await negotiation.exchange(offerer);
      await negotiation.connected();
      await negotiation.talk();
      await expectTransports(negotiation, ["connected", "connected", "connected"]);

      negotiation.munge = (sdp) => sdp;
      await negotiation.exchange(offerer);
      await negotiation.connected();
      await expectTransports(negotiation, ["connected"]);
    });

    test("without rtcp-mux a description is refused, as rtcpMuxPolicy is require", async () => {
      await open();
      negotiation.munge = (sdp, from) => (from === "browser" ? sdp.replace(/^a=rtcp-mux.*\r\n/gm, "") : sdp);
      const [a] = negotiation.ends(offerer);
      await a.addTrack("audio");
      await expect(negotiation.exchange(offerer)).rejects.toThrow("rtcp-mux is required");
    });

    test("rtcpMuxPolicy negotiate: RTCP on a port of its own with a peer that does not multiplex", async (context) => {
      skipIf(context, browser === "Chromium", "Chromium cannot do without rtcp-mux any more");
      // Not in the standard any more, and so not in the types.
      const configuration = { rtcpMuxPolicy: "negotiate" as "require" };
      await open({ node: { configuration }, browser: { configuration } });
      negotiation.munge = (sdp) => sdp.replace(/^a=(rtcp-mux|group:BUNDLE).*\r\n/gm, "");
      const [a] = negotiation.ends(offerer);
      await a.addTrack("audio");
      await a.createChannel("beside");
      const facts = await negotiation.exchange(offerer);
      expect(facts[answerer].local).not.toContain("a=rtcp-mux");
      await negotiation.connected();
      await negotiation.talk();
      await expectTransports(negotiation, ["connected", "connected"]);
    });

    test("three renegotiations with changing roles: added, changed, stopped and recycled sections", async () => {
      const [a, b] = await openConnected();
      const fragments = async () => {
        const facts = await negotiation.agreed();
        return [fragmentOf(facts.node), fragmentOf(facts.browser)];
      };
      const before = await fragments();

      const streams = await b.addTrack("video", ["second"]);
      await b.addTransceiver("audio", { direction: "recvonly", track: false });
      const added = await negotiation.exchange(answerer);
      expect(directions(added[answerer])).toEqual([
        "0 audio recvonly recvonly",
        "2 video sendrecv sendonly",
        "3 audio recvonly inactive",
      ]);
      expect(added[offerer].tracks).toContainEqual({ mid: "2", kind: "video", streams });

      await a.setDirection("0", "inactive");
      await a.setDirection("3", "sendonly");
      await a.stop("2");
      const changed = await negotiation.exchange(offerer);
      expect(directions(changed[offerer])).toEqual([
        "0 audio inactive inactive",
        "3 audio sendonly sendonly",
      ]);
      expect(directions(changed[answerer])).toEqual([
        "0 audio recvonly inactive",
        "3 audio recvonly recvonly",
      ]);

      await b.addTrack("video");
      await a.setDirection("0", "sendrecv");
      const recycled = await negotiation.exchange(answerer);
      expect(kindsAndPorts(recycled[answerer].local)).toHaveLength(4);
      expect(recycled[answerer].transceivers.map(({ mid }) => mid)).not.toContain("2");
      expect(recycled[answerer].transceivers).toHaveLength(3);

      expect(await fragments()).toEqual(before);
      await negotiation.connected();
      await negotiation.talk();
      await expectTransports(negotiation, ["connected"]);
    });

    test("a track that goes and comes back fires track again", async () => {
      const [a] = await openConnected();
      await a.setDirection("0", "recvonly");
      const gone = await negotiation.exchange(offerer);
      expect(directions(gone[answerer])).toEqual(["0 audio recvonly inactive"]);
      await a.setDirection("0", "sendrecv");
      const back = await negotiation.exchange(offerer);
      expect(directions(back[offerer])).toEqual(["0 audio sendrecv sendonly"]);
      expect(back[answerer].tracks).toHaveLength(2);
      expect(back[answerer].tracks[1]).toEqual(back[answerer].tracks[0]);
    });

    test("removeTrack and addTrack use a second section, as the first one has sent (webrtc-pc §5.1)", async () => {
      const [a] = await openConnected();
      await a.removeTrack("0");
      await negotiation.exchange(offerer);
      const streams = await a.addTrack("audio", ["again"]);
      const facts = await negotiation.exchange(offerer);
      expect(directions(facts[offerer])).toEqual(["0 audio recvonly inactive", "2 audio sendrecv sendonly"]);
      expect(facts[answerer].tracks).toContainEqual({ mid: "2", kind: "audio", streams });
    });

    test("an offer that is rolled back by its maker leaves nothing behind", async () => {
      const [a, b] = await openConnected();
      await a.addTrack("video");
      await a.offerInSecret();
      await a.rollBack("local");
      await b.addTrack("video", ["of b"]);
      const facts = await negotiation.exchange(answerer);
      expect(directions(facts[answerer])).toEqual(["0 audio recvonly recvonly", "2 video sendrecv sendrecv"]);
      expect(directions(facts[offerer])).toEqual(["0 audio sendrecv sendonly", "2 video sendrecv sendrecv"]);
      await negotiation.talk();
    });

    test("an offer that is rolled back at both ends leaves nothing behind", async () => {
      const [a, b] = await openConnected();
      await b.holdAnswers();
      await a.addTransceiver("video");
      await a.offer();
      await negotiation.or(b.signaling("have-remote-offer"));
      expect((await b.facts()).transceivers).toHaveLength(2);
      await b.rollBack("remote");
      await a.rollBack("local");
      expect((await b.facts()).transceivers).toHaveLength(1);
      expect((await a.facts()).transceivers).toHaveLength(2);

      await b.addTransceiver("video");
      const facts = await negotiation.exchange(answerer);
      expect(facts[answerer].transceivers).toHaveLength(2);
      await a.offer();
      await negotiation.or(b.signaling("have-remote-offer"));
      await b.answer();
      await negotiation.or(a.signaling("stable"));
      const both = await negotiation.agreed();
      expect(both[answerer].transceivers).toHaveLength(3);
      await negotiation.talk();
    });

    test("data alone is upgraded to media, and goes back to data", async () => {
      await open();
      const [a, b] = negotiation.ends(offerer);
      await a.createChannel("beside");
      await negotiation.exchange(offerer);
      await negotiation.connected();
      await b.addTrack("audio", ["one"]);
      await b.addTrack("video", ["one"]);
      const media = await negotiation.exchange(answerer);
      expect(media[offerer].tracks).toHaveLength(2);
      await negotiation.talk();
      for (const { mid } of media[offerer].transceivers) await a.stop(mid!);
      const data = await negotiation.exchange(offerer);
      expect(data.node.transceivers).toEqual([]);
      expect(data.browser.transceivers).toEqual([]);
      await negotiation.talk();
      await expectTransports(negotiation, ["connected"]);
    });

    // Chromium and Firefox give what is left of the bundle another transport, where RFC 9143 §7.5 keeps the one in use.
    test("when the section that the bundle is named after is stopped, data flows on over what is left", async () => {
      const [a] = await openConnected();
      // With a text of the browser's comes its SACK for all of ours (RFC 9260 §6.2): nothing of it may be lost.
      await negotiation.say("browser");
      await a.stop("0");
      const facts = await negotiation.exchange(offerer);
      expect(facts.node.transceivers).toEqual([]);
      expect(facts.browser.transceivers).toEqual([]);
      await negotiation.talk();
      await negotiation.connected();
    });

    // Node leaves the place free, because Chromium fails otherwise; browsers take it, and replace the bundle's transport.
    test("a new section beside a refused one before all others leaves the data channels alone", async () => {
      await open();
      // Node refuses the audio: Firefox throws over candidates for a section that has been refused.
      await negotiation.node.holdAnswers();
      await negotiation.browser.addTransceiver("audio", { codecs: ["PCMU"] });
      await negotiation.browser.createChannel("beside");
      await negotiation.browser.offer();
      await negotiation.or(negotiation.node.signaling("have-remote-offer"));
      await negotiation.node.setCodecs("0", ["opus"]);
      await negotiation.node.answer();
      const refused = await negotiation.agreed();
      expect(kindsAndPorts(refused.node.local)[0]).toBe("audio 0");
      await negotiation.connected();
      await negotiation.talk();
      await negotiation.say("browser");

      const [a] = negotiation.ends(offerer);
      const streams = await a.addTrack("audio", ["accepted"]);
      await a.offer();
      if (offerer === "browser") {
        await negotiation.or(negotiation.node.signaling("have-remote-offer"));
        await negotiation.node.answer();
      }
      const accepted = await negotiation.agreed();
      expect(kindsAndPorts(accepted.node.local)).toHaveLength(offerer === "node" ? 3 : 2);
      expect(accepted[answerer].tracks).toContainEqual({ mid: "2", kind: "audio", streams });
      await negotiation.talk();
      await negotiation.connected();
      await expectTransports(negotiation, ["connected"]);
    });

    test.each([0, 1])(
      "ICE restarts of either end change the credentials of both, and data flows on (%i)",
      async (index) => {
        await openConnected();
        for (let round = 0; round < 5; round++) {
          const before = await negotiation.agreed();
          await negotiation.ends(offerer)[index]!.restartIce();
          const after = await negotiation.exchange(index === 0 ? offerer : answerer);
          for (const end of ["node", "browser"] as const) {
            expect(fragmentOf(after[end])).not.toBe(fragmentOf(before[end]));
          }
          await negotiation.talk();
        }
        await negotiation.connected();
      },
    );

    test.each(["active", "passive"])("an offer may say setup:%s", async (setup) => {
      await open();
      negotiation.munge = (sdp, _, type) =>
        type === "offer" ? sdp.replaceAll("a=setup:actpass", `a=setup:${setup}`) : sdp;
      const [a] = negotiation.ends(offerer);
      await a.addTrack("audio");
      await a.createChannel("beside");
      const facts = await negotiation.exchange(offerer);
      expect(facts[answerer].local).toContain(`a=setup:${setup === "active" ? "passive" : "active"}`);
      await negotiation.connected();
      await negotiation.talk();
    });

    test("offerToReceiveAudio and offerToReceiveVideo ask for tracks", async () => {
      await open();
      const [, b] = negotiation.ends(offerer);
      await b.addTrack("audio");
      await b.addTrack("video");
      const facts = await negotiation.exchange(offerer, {
        offerToReceiveAudio: true,
        offerToReceiveVideo: true,
      });
      expect(directions(facts[offerer])).toEqual(["0 audio recvonly recvonly", "1 video recvonly recvonly"]);
    });

    test("setCodecPreferences decides at either end", async () => {
      await open();
      const [a, b] = negotiation.ends(offerer);
      await b.holdAnswers();
      await a.addTransceiver("video", { codecs: ["VP9", "VP8", "rtx"] });
      await a.addTransceiver("audio", { codecs: ["PCMU", "opus"] });
      await a.offer();
      await negotiation.or(b.signaling("have-remote-offer"));
      await b.setCodecs("0", ["VP8", "rtx"]);
      await b.setDirection("0", "sendrecv");
      await b.setDirection("1", "sendrecv");
      await b.answer();
      await negotiation.or(a.signaling("stable"));
      const facts = await negotiation.agreed();
      const [video, audio] = facts.node.transceivers;
      expect(video!.sends.map(codecName)).toEqual(["video/vp8", "video/rtx"]);
      expect(audio!.sends.map(codecName)).toEqual(["audio/pcmu", "audio/opus"]);
    });

    test("a provisional answer connects, a final one confirms", async (context) => {
      skipIf(context, browser === "Firefox", "Firefox has no provisional answers: NotSupportedError");
      await open();
      const [a, b] = negotiation.ends(offerer);
      await b.holdAnswers();
      await a.addTrack("audio");
      await a.createChannel("beside");
      await a.offer();
      await negotiation.or(b.signaling("have-remote-offer"));
      await b.answer("pranswer");
      await negotiation.or(a.signaling("have-remote-pranswer"));
      await negotiation.connected();
      await negotiation.talk();
      await b.answer();
      await negotiation.agreed();
      await negotiation.talk();
    });

    describe("simulcast", () => {
      const rids = ["h", "m", "l"];

      // Browsers send simulcast and do not receive it (RFC 9429 §5.3.1): their answers leave one layer, ours take all.
      test("an answer leaves the layers that the answerer receives", async () => {
        await open();
        const [a] = negotiation.ends(offerer);
        await a.addTransceiver("video", { direction: "sendonly", rids });
        const facts = await negotiation.exchange(offerer);
        expect(facts[offerer].local).toContain("a=simulcast:send h;m;l");
        expect(facts[offerer].transceivers[0]!.rids).toHaveLength(answerer === "node" ? 3 : 1);
        await negotiation.connected();
      });

      test("an answer like that of a forwarding server keeps all layers, through a renegotiation", async () => {
        await open();
        negotiation.munge = (sdp, from, type) => {
          if (type !== "answer" || from === offerer || sdp.includes("a=simulcast")) return sdp;
          const lines = [...rids.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${rids.join(";")}`];
          return sdp.replace(/^a=recvonly\r\n/m, `a=recvonly\r\n${lines.join("\r\n")}\r\n`);
        };
        const [a] = negotiation.ends(offerer);
        await a.addTransceiver("video", { direction: "sendonly", rids });
        for (let round = 0; round < 2; round++) {
          const facts = await negotiation.exchange(offerer);
          expect(facts[offerer].local).toContain("a=simulcast:send h;m;l");
          expect(facts[offerer].transceivers[0]!.rids).toEqual(rids);
        }
        await negotiation.connected();
      });
    });
  });
}

function directions({ transceivers }: Facts): string[] {
  const inOrder = [...transceivers].sort((a, b) => Number(a.mid) - Number(b.mid));
  return inOrder.map(
    ({ mid, kind, direction, currentDirection }) => `${mid} ${kind} ${direction} ${currentDirection}`,
  );
}

async function expectTransports(negotiation: Negotiation, states: readonly string[]): Promise<void> {
  for (const end of ["node", "browser"] as const) {
    expect((await negotiation[end].facts()).transports, end).toEqual(states);
  }
}

function fragmentOf({ local }: Facts): string | undefined {
  return /^a=ice-ufrag:(\S+)/m.exec(local)?.[1];
}

function kindsAndPorts(sdp: string): string[] {
  return [...sdp.matchAll(/^m=(\w+ \d+)/gm)].map(([, found]) => found!);
}

/** `video/vp8` of `96 video/vp8/90000 …` */
function codecName(codec: string): string {
  return codec.split(" ")[1]!.split("/").slice(0, 2).join("/");
}
