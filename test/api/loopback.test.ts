/** Two connections of this process over real sockets, as an application uses them. No STUN server, no Internet. */
import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test } from "vitest";
import { type RTCDataChannel, type RTCDataChannelInit, RTCPeerConnection } from "../../src/index.ts";

const open: RTCPeerConnection[] = [];

afterEach(() => {
  for (const pc of open.splice(0)) pc.close();
});

function connections(): [RTCPeerConnection, RTCPeerConnection] {
  const pair: [RTCPeerConnection, RTCPeerConnection] = [new RTCPeerConnection(), new RTCPeerConnection()];
  open.push(...pair);
  return pair;
}

/** Exchanges everything that signalling would carry. */
async function connect(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<void> {
  for (const [from, to] of [
    [offerer, answerer],
    [answerer, offerer],
  ] as const) {
    from.onicecandidate = ({ candidate }) => void to.addIceCandidate(candidate).catch(() => {});
  }
  await offerer.setLocalDescription();
  await answerer.setRemoteDescription(offerer.localDescription!);
  await answerer.setLocalDescription();
  await offerer.setRemoteDescription(answerer.localDescription!);
}

/** A channel and its other end, both open. */
async function channels(init: RTCDataChannelInit = {}): Promise<{
  ours: RTCDataChannel;
  theirs: RTCDataChannel;
  offerer: RTCPeerConnection;
  answerer: RTCPeerConnection;
}> {
  const [offerer, answerer] = connections();
  const ours = offerer.createDataChannel("chat", init);
  const announced = new Promise<RTCDataChannel>((resolve) => {
    answerer.ondatachannel = ({ channel }) => resolve(channel);
  });
  await connect(offerer, answerer);
  const theirs = await announced;
  if (ours.readyState !== "open") await once(ours, "open");
  return { ours, theirs, offerer, answerer };
}

describe("two connections on one machine", () => {
  test("exchange strings, bytes and Blobs both ways, in order", async () => {
    const { ours, theirs } = await channels();
    const received: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      theirs.onmessage = ({ data }) => {
        received.push(data);
        theirs.send(data);
      };
      let echoes = 0;
      ours.onmessage = () => {
        if (++echoes === 4) resolve();
      };
    });
    ours.send("héllo");
    ours.send(new Blob(["blob"]));
    ours.send(Uint8Array.of(1, 2, 3));
    ours.send("");
    await done;
    expect(received).toEqual([
      "héllo",
      new TextEncoder().encode("blob").buffer,
      Uint8Array.of(1, 2, 3).buffer,
      "",
    ]);
  });

  test("tell each other the parameters of a channel", async () => {
    const { ours, theirs } = await channels({
      ordered: false,
      maxRetransmits: 2,
      protocol: "p",
      priority: "high",
    });
    expect(theirs).toMatchObject({
      label: "chat",
      protocol: "p",
      ordered: false,
      maxRetransmits: 2,
      maxPacketLifeTime: null,
      negotiated: false,
      priority: "high",
      id: ours.id,
    });
  });

  test("reach connected on every level, with a selected pair and each other's certificate", async () => {
    const { offerer, answerer } = await channels();
    for (const pc of [offerer, answerer]) {
      await expect.poll(() => pc.connectionState).toBe("connected");
      expect(["connected", "completed"]).toContain(pc.iceConnectionState);
      expect(pc.sctp!.state).toBe("connected");
      expect(pc.sctp!.transport.state).toBe("connected");
      expect(pc.sctp!.transport.getRemoteCertificates()).toHaveLength(1);
      expect(pc.sctp!.transport.iceTransport.getSelectedCandidatePair()).not.toBeNull();
    }
    const roles = [offerer, answerer].map((pc) => pc.sctp!.transport.iceTransport.role);
    expect(roles).toEqual(["controlling", "controlled"]);
  });

  test("negotiated channels with the same id find each other", async () => {
    const [offerer, answerer] = connections();
    const [ours, theirs] = [offerer, answerer].map((pc) =>
      pc.createDataChannel("n", { negotiated: true, id: 42 }),
    );
    const message = new Promise((resolve) => {
      theirs!.onmessage = ({ data }) => resolve(data);
    });
    ours!.onopen = () => ours!.send("found");
    await connect(offerer, answerer);
    expect(await message).toBe("found");
  });

  test("a channel on a running connection opens as well, from either side", async () => {
    const { offerer, answerer } = await channels();
    for (const [from, to] of [
      [offerer, answerer],
      [answerer, offerer],
    ] as const) {
      const announced = new Promise<string>((resolve) => {
        to.ondatachannel = ({ channel }) => resolve(channel.label);
      });
      const later = from.createDataChannel("later");
      await once(later, "open");
      expect(await announced).toBe("later");
    }
  });

  test("closing a channel closes it at both ends, and its id can be used again", async () => {
    const { ours, theirs, offerer } = await channels();
    const log: string[] = [];
    theirs.onclosing = () => log.push("closing");
    const closed = once(theirs, "close").then(() => log.push("close"));
    const { id } = ours;
    ours.close();
    await Promise.all([once(ours, "close"), closed]);
    expect(log).toEqual(["closing", "close"]);
    const again = offerer.createDataChannel("again");
    expect(again.id).toBe(id);
    await once(again, "open");
  });

  test("close() at one end is an error with the SCTP cause, and close, at the other one", async () => {
    const { theirs, offerer, answerer } = await channels();
    const log: unknown[] = [];
    theirs.onerror = ({ error }) => log.push(error.errorDetail, error.sctpCauseCode);
    const closed = once(theirs, "close");
    offerer.close();
    await closed;
    expect(log).toEqual(["sctp-failure", 12]);
    await expect.poll(() => answerer.sctp!.transport.state).toBe("closed");
  });
});

describe("after close()", () => {
  test("nothing keeps the objects alive", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const references = await (async () => {
      const { ours, theirs, offerer, answerer } = await channels();
      ours.onclose = () => {};
      offerer.close();
      await once(theirs, "close");
      answerer.close();
      open.length = 0;
      return [offerer, answerer, ours, theirs].map((object) => new WeakRef<object>(object));
    })();
    await expect
      .poll(() => {
        collect();
        return references.filter((reference) => reference.deref() !== undefined).length;
      })
      .toBe(0);
  });
});
