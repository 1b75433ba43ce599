/** RFC 9429 §5.9: media that comes before the answer to the offer that asks for it. */
import { expect, test } from "vitest";
import { FakeRealm, pair } from "./fake-realm.testing.ts";

function sections(realm: FakeRealm) {
  const last = realm.commands.findLast((command) => command.type === "configure-media");
  return last?.type === "configure-media" ? last.sections : [];
}

test("the engine is ready to receive what was offered, and no longer after a rollback", async () => {
  const realm = new FakeRealm();
  const pc = realm.connection();
  const { receiver } = pc.addTransceiver("audio", { direction: "recvonly" });
  pc.addTransceiver("video", { direction: "sendonly" });
  await realm.settled(pc.setLocalDescription());
  const [section, ...others] = sections(realm);
  expect(others).toEqual([]);
  expect(section).toMatchObject({ kind: "audio", mid: "0", send: undefined });
  expect(section!.receive!.formats.map(({ mimeType }) => mimeType)).toContain("audio/opus");
  // webrtc-pc §5.3: nothing is negotiated yet.
  expect(receiver.getParameters().codecs).toEqual([]);
  await realm.settled(pc.setLocalDescription({ type: "rollback" }));
  // The transport goes, and its sections with it.
  expect(realm.commands.findLast(({ type }) => type === "remove-transport")).toBeDefined();
});

test("an offer that ends reception lets what is under way come in until it is answered", async () => {
  const { realm, pc, peerRealm, peer } = pair();
  const transceiver = pc.addTransceiver("audio");
  const negotiate = async () => {
    await realm.settled(pc.setLocalDescription());
    await peerRealm.settled(peer.setRemoteDescription(pc.localDescription!));
    for (const one of peer.getTransceivers()) one.direction = "sendrecv";
    await peerRealm.settled(peer.setLocalDescription());
    const before = sections(realm);
    await realm.settled(pc.setRemoteDescription(peer.localDescription!));
    return { before, after: sections(realm) };
  };
  await negotiate();
  transceiver.direction = "sendonly";
  const { before, after } = await negotiate();
  expect([before[0]?.receive === undefined, after[0]?.receive === undefined]).toEqual([false, true]);
});
