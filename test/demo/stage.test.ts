import { afterEach, describe, expect, test } from "vitest";
import { RTCPeerConnection, RTCRtpReceiver } from "../../src/index.ts";
import { createTrack } from "../../src/media/index.ts";
import { type Act, forwardedVideo, MAX_ACTS, type Member, Stage, TabMedia } from "./demo.testing.ts";

function member(name: string): Member & { seen: () => string[] } {
  let acts: readonly Act[] = [];
  return {
    name,
    echo: false,
    camera: true,
    microphone: true,
    show: (shown) => {
      acts = shown;
    },
    seen: () => acts.map(({ name, own, camera }) => `${name}${own ? " (own)" : ""}${camera ? "" : " dark"}`),
  };
}

describe("the stage", () => {
  const TRACKS = { audio: "a", video: "v" };
  const NOTHING = { audio: null, video: null };

  test("shows each to all others, to itself on request, and to those who come later", () => {
    const stage = new Stage(() => {});
    const [alfa, bravo, late] = [member("Alfa"), member("Bravo"), member("Late")];
    stage.join(alfa);
    stage.join(bravo);
    expect(stage.perform(alfa, TRACKS)).toBe(true);
    expect([alfa.seen(), bravo.seen()]).toEqual([[], ["Alfa"]]);
    alfa.echo = true;
    alfa.camera = false;
    stage.update();
    expect([alfa.seen(), bravo.seen()]).toEqual([["Alfa (own) dark"], ["Alfa dark"]]);
    stage.join(late);
    expect(late.seen()).toEqual(["Alfa dark"]);
    stage.perform(alfa, NOTHING);
    expect([alfa.seen(), late.seen()]).toEqual([[], []]);
    stage.perform(bravo, TRACKS);
    stage.leave(bravo);
    expect(late.seen()).toEqual([]);
    expect(stage.size).toBe(0);
  });

  test(`passes ${MAX_ACTS} on, refuses the next one, and has a place when one has gone`, () => {
    const said: string[] = [];
    const stage = new Stage((_level, text) => said.push(text));
    const members = Array.from({ length: MAX_ACTS + 1 }, (_, i) => member(`tab ${i}`));
    for (const each of members) stage.join(each);
    expect(members.map((each) => stage.perform(each, TRACKS))).toEqual([
      ...Array(MAX_ACTS).fill(true),
      false,
    ]);
    expect(members.at(-1)!.seen()).toHaveLength(MAX_ACTS);
    stage.perform(members[0]!, NOTHING);
    expect(stage.perform(members.at(-1)!, TRACKS)).toBe(true);
    expect(said.at(-1)).toBe("tab 8 is on: camera and microphone.");
  });
});

describe("the media of a tab", () => {
  const connections: RTCPeerConnection[] = [];
  afterEach(() => {
    for (const connection of connections.splice(0)) connection.close();
  });

  function tab() {
    const [page, node] = [new RTCPeerConnection(), new RTCPeerConnection()];
    connections.push(page, node);
    const told: Record<string, unknown>[] = [];
    const performed: { audio: unknown; video: unknown }[] = [];
    const media = new TabMedia(node, {
      videoCodecs: forwardedVideo(RTCRtpReceiver.getCapabilities("video")),
      tell: (message) => told.push(message),
      perform: (tracks) => performed.push(tracks) < 3,
    });
    const negotiate = async (from: RTCPeerConnection, to: RTCPeerConnection) => {
      await from.setLocalDescription();
      await to.setRemoteDescription(from.localDescription!);
      if (to === node) media.prepareAnswer();
      await to.setLocalDescription();
      await from.setRemoteDescription(to.localDescription!);
    };
    return { page, node, media, told, performed, negotiate };
  }

  const act = (name: string): Act => ({
    name,
    own: false,
    camera: true,
    microphone: true,
    audio: createTrack("audio"),
    video: createTrack("video"),
  });

  test("places are used again: sections do not grow when tabs come and go", async () => {
    const { page, node, media, told, negotiate } = tab();
    media.show([act("Alfa"), act("Bravo")]);
    expect(told).toEqual([]);
    await negotiate(node, page);
    expect(told.at(-1)).toMatchObject({
      acts: [
        { name: "Alfa", audio: "0", video: "1" },
        { name: "Bravo", audio: "2", video: "3" },
      ],
    });
    for (let i = 0; i < 10; i++) media.show([act(`guest ${i}`), { ...act("Bravo"), audio: null }]);
    expect(told.at(-1)).toMatchObject({
      acts: [
        { name: "guest 9", audio: "0", video: "1" },
        { name: "Bravo", audio: null, video: "3" },
      ],
    });
    media.show([]);
    expect(told.at(-1)).toMatchObject({ acts: [] });
    await negotiate(node, page);
    expect(node.getTransceivers()).toHaveLength(4);
  });

  test("what the page sends is the first of each kind, in VP8 alone; it ends when the page says so", async () => {
    const { page, node, performed, told, negotiate } = tab();
    const sending = ["audio", "video", "video"].map((kind) =>
      page.addTransceiver(kind, { direction: "sendonly" }),
    );
    await negotiate(page, node);
    expect(performed).toEqual([
      { audio: node.getReceivers()[0]!.track, video: node.getReceivers()[1]!.track },
    ]);
    const codecs = sending[1]!.sender.getParameters().codecs.map(({ mimeType }) => mimeType);
    expect(new Set(codecs)).toEqual(new Set(["video/VP8", "video/rtx"]));
    for (const transceiver of sending) transceiver.direction = "inactive";
    await negotiate(page, node);
    expect(performed.at(-1)).toEqual({ audio: null, video: null });
    // The third time there is no place.
    sending[0]!.direction = "sendonly";
    await negotiate(page, node);
    expect(told.at(-1)).toEqual({ type: "stage", acts: [], refused: true });
  });
});
