import { beforeAll, expect, test } from "vitest";
import { nodeCrypto } from "../../node/crypto.ts";
import { SeededRandom } from "../../sim/seeded-random.ts";
import { type Identity, newIdentity, Pair } from "../dtls/pair.testing.ts";
import { RtpSession } from "../rtp-session/rtp-session.ts";
import { format, oneWay } from "../rtp-session/session-pair.testing.ts";
import { SRTP_PROFILE } from "../srtp/index.ts";
import { SRTP_PROFILES, SrtpLayer } from "./srtp-layer.ts";

let identities: { client: Identity; server: Identity };

beforeAll(async () => {
  identities = { client: await newIdentity(), server: await newIdentity() };
});

/** A session that sends and receives one section of audio, under its SSRC. */
function end(seed: number, ssrc: number, cryptex: boolean) {
  const { sender, receiver } = oneWay("audio", [format(111, "audio/opus")]);
  const headerExtensions = [{ uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 4 }];
  const session = new RtpSession({ random: new SeededRandom(seed), timeOrigin: 1_790_000_000_000 });
  const send = { ...sender.send!, headerExtensions };
  const receive = { ...receiver.receive!, headerExtensions, sources: [] };
  session.configure(0, [{ ...sender, send: { ...send, streams: [{ ...send.streams[0]!, ssrc }] }, receive }]);
  session.want(1, true, false);
  const layer = new SrtpLayer(session, "both");
  layer.encryptHeaders(cryptex);
  return { session, layer };
}

/** What a layer owes now. */
function datagrams(layer: SrtpLayer, now: number): Uint8Array[] {
  const out = new Uint8Array(1500);
  const all: Uint8Array[] = [];
  for (let length = layer.pollTransmit(now, out); length > 0; length = layer.pollTransmit(now, out))
    all.push(out.slice(0, length));
  return all;
}

const CASES = SRTP_PROFILES.flatMap((profile) =>
  [false, true].map((cryptex) => ({
    name: Object.entries(SRTP_PROFILE).find(([, id]) => id === profile)![0],
    profile,
    cryptex,
  })),
);

test.each(CASES)(
  "$name, negotiated by DTLS, protects RTP and RTCP both ways; cryptex: $cryptex (RFC 5764, RFC 9335)",
  ({ profile, cryptex }) => {
    // Each end offers all; the path between them knows one alone.
    const pair = new Pair(identities, {
      client: { srtpProfiles: [profile] },
      server: { srtpProfiles: SRTP_PROFILES },
    });
    pair.connect();
    expect(pair.client.srtpProfile).toBe(profile);
    for (const [fromRole, toRole] of [
      ["client", "server"],
      ["server", "client"],
    ] as const) {
      const from = end(1, 0x11, cryptex);
      const to = end(2, 0x22, cryptex);
      from.layer.start(0, nodeCrypto, pair.endpoint(fromRole), fromRole);
      to.layer.start(0, nodeCrypto, pair.endpoint(toRole), toRole);
      const data = Uint8Array.from({ length: 80 }, (_, i) => i);
      from.session.sendFrame(0, 1, { type: "key", data, timestamp: 0 });
      const sent = datagrams(from.layer, 0);
      from.session.handleTimeout(1000);
      sent.push(...datagrams(from.layer, 1000));
      expect(sent).toHaveLength(2);
      for (const datagram of sent) {
        expect(Buffer.from(datagram).includes(Buffer.from(data.subarray(0, 16)))).toBe(false);
        if (datagram[1] === 111) expect((datagram[12]! << 8) | datagram[13]!).toBe(cryptex ? 0xc0de : 0xbede);
        const forged = datagram.slice();
        forged[20]! ^= 1;
        to.layer.handleDatagram(1000, forged);
        to.layer.handleDatagram(1000, datagram.slice());
        to.layer.handleDatagram(1000, datagram.slice());
      }
      // Of each one was forged and one repeated.
      expect(to.layer.drops).toEqual({ withoutKeys: 0, refused: 4 });
      const [inbound] = to.session.snapshot(1000).inbound;
      expect(inbound).toMatchObject({ counters: { packetsReceived: 1, bytesReceived: 80 } });
      expect(inbound!.remote).toBeDefined();
      to.session.handleTimeout(1100);
      const frames = [];
      for (let event = to.session.pollEvent(); event !== undefined; event = to.session.pollEvent())
        if (event.type === "media-frames") frames.push(...event.frames);
      expect(frames.map((frame) => frame.data)).toEqual([data]);
    }
  },
);

test("without keys, and with a peer that has none of the profiles, nothing passes (RFC 5764 §4.1)", () => {
  const pair = new Pair(identities, {
    client: { srtpProfiles: [0x0005] },
    server: { srtpProfiles: SRTP_PROFILES },
  });
  pair.connect();
  const { session, layer } = end(3, 0x33, false);
  layer.start(0, nodeCrypto, pair.server, "server");
  session.sendFrame(0, 1, { type: "key", data: new Uint8Array(80), timestamp: 0 });
  expect(datagrams(layer, 1000)).toEqual([]);
  layer.handleDatagram(0, new Uint8Array(100).fill(0x80));
  expect(layer.drops).toEqual({ withoutKeys: 1, refused: 0 });
});
