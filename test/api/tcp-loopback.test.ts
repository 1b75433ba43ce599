/** ICE over TCP on the sockets of this machine: UDP candidates get lost in the signalling. */
import { expect, test } from "vitest";
import { withIceOptions } from "../../src/host-entry.ts";
import { type RTCDataChannel, RTCPeerConnection } from "../../src/index.ts";
import { until } from "../until.testing.ts";

/** Connects two ends, one of which listens, with nothing but TCP candidates told. */
async function connect(active: RTCPeerConnection, passive: RTCPeerConnection): Promise<RTCDataChannel[]> {
  for (const [from, to] of [
    [active, passive],
    [passive, active],
  ] as const) {
    from.onicecandidate = ({ candidate }) => {
      if (candidate === null || candidate.protocol === "tcp") void to.addIceCandidate(candidate ?? undefined);
    };
  }
  const near = active.createDataChannel("tcp");
  let far: RTCDataChannel | undefined;
  passive.ondatachannel = ({ channel }) => {
    far = channel;
  };
  const withoutUdp = (sdp: string) => sdp.replace(/a=candidate:\S+ \d udp .*\r\n/g, "");
  await active.setLocalDescription();
  await passive.setRemoteDescription({ type: "offer", sdp: withoutUdp(active.localDescription!.sdp) });
  await passive.setLocalDescription();
  await active.setRemoteDescription({ type: "answer", sdp: withoutUdp(passive.localDescription!.sdp) });
  await until(() => near.readyState === "open" && far?.readyState === "open", "the channel to open");
  return [near, far!];
}

test("data both ways over real TCP streams, more than a stream holds back at once", async () => {
  const active = new RTCPeerConnection();
  const passive = withIceOptions({ tcp: ["passive"] }, () => new RTCPeerConnection());
  try {
    const ends = await connect(active, passive);
    const piece = new Uint8Array(64 * 1024).map((_, index) => index % 251);
    const received = [0, 0];
    let isRight = true;
    ends.forEach((channel, index) => {
      channel.onmessage = ({ data }) => {
        const bytes = new Uint8Array(data as ArrayBuffer);
        isRight &&= bytes.length === piece.length && bytes.every((byte, at) => byte === piece[at]);
        received[index]! += bytes.length;
      };
      for (let i = 0; i < 24; i++) channel.send(piece);
    });
    await until(() => received.every((bytes) => bytes === 24 * piece.length), "all data to arrive");
    expect(isRight).toBe(true);
    const pair = active.sctp!.transport.iceTransport.getSelectedCandidatePair()!;
    expect([pair.local!.protocol, pair.local!.tcpType]).toEqual(["tcp", "active"]);
    expect([pair.remote!.protocol, pair.remote!.tcpType]).toEqual(["tcp", "passive"]);
  } finally {
    active.close();
    passive.close();
  }
});

test("a range of ports holds for what listens, too", async () => {
  const connection = withIceOptions(
    { tcp: ["passive"], portRange: { min: 52_000, max: 52_999 } },
    () => new RTCPeerConnection(),
  );
  try {
    const ports: number[] = [];
    let complete = false;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) complete = true;
      else if (candidate.port !== null) ports.push(candidate.port);
    };
    connection.createDataChannel("test");
    await connection.setLocalDescription();
    await until(() => complete, "gathering to end");
    expect(ports.length).toBeGreaterThan(1);
    expect(ports.every((port) => port >= 52_000 && port <= 52_999)).toBe(true);
  } finally {
    connection.close();
  }
});
