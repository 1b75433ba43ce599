import { expect, test } from "vitest";
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import { negotiated } from "./fake-realm.testing.ts";
import { isProhibited } from "./prohibited-candidates.ts";

const CANDIDATE: IceCandidate = {
  foundation: "1",
  component: 1,
  protocol: "udp",
  priority: 1,
  address: "192.0.2.1",
  port: 50_000,
  type: "host",
};

test("the ports that Fetch blocks are prohibited", () => {
  for (const port of [0, 53, 5060, 6000, 10_080])
    expect(isProhibited({ ...CANDIDATE, port }, "all")).toBe(true);
  for (const port of [443, 3478, 10_081]) expect(isProhibited({ ...CANDIDATE, port }, "all")).toBe(false);
});

test("names are prohibited when only relays may be used", () => {
  const address = "11111111-2222-4333-8444-555555555555.local";
  expect(isProhibited({ ...CANDIDATE, address }, "relay")).toBe(true);
  expect(isProhibited({ ...CANDIDATE, address }, "all")).toBe(false);
  expect(isProhibited({ ...CANDIDATE, address: "2001:db8::1" }, "relay")).toBe(false);
});

test("addIceCandidate() resolves for them all the same (webrtc-pc §4.4.2)", async () => {
  const { realm, pc } = await negotiated();
  const candidate = "candidate:1 1 udp 2130706431 192.0.2.1 5060 typ host";
  await realm.settled(pc.addIceCandidate({ candidate, sdpMid: "0" }));
  expect(realm.commands.some((command) => command.type === "add-remote-candidate")).toBe(false);
  expect(pc.remoteDescription!.sdp).toContain(candidate);
  expect(pc.sctp!.transport.iceTransport.getRemoteCandidates()).toHaveLength(1);
});
