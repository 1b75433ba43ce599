/** What the garbage collector may take of connections, and what not. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { RemoteStreams } from "../../src/api/remote-streams.ts";
import { openEngine, withRealm } from "../../src/host-entry.ts";
import { MediaStream, RTCPeerConnection } from "../../src/index.ts";
import { createTrack } from "../../src/media/index.ts";
import { connectChannel, end, negotiate, stage } from "./peers.ts";

setFlagsFromString("--expose_gc");
const gc = runInNewContext("gc") as () => void;

/** Collects what can be collected. Weak references let go between turns of the event loop. */
async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
}

test("a closed connection goes, with its channels, transceivers and tracks", async () => {
  const play = await stage(1);
  const made = await (async () => {
    const { host } = play.a;
    const pc = withRealm({ host, openEngine }, () => new RTCPeerConnection());
    pc.addTrack(createTrack("audio"), new MediaStream());
    const channel = pc.createDataChannel("x");
    pc.onnegotiationneeded = () => channel.send("never");
    const offered = pc.setLocalDescription();
    await play.world.runUntilSettled(offered, 1000);
    const [transceiver] = pc.getTransceivers();
    const references = [pc, channel, transceiver!, transceiver!.receiver.track].map(
      (object) => new WeakRef<object>(object),
    );
    pc.close();
    return references;
  })();
  await play.world.runAsync(60_000);
  await collect();
  expect(made.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined, undefined]);
  end(play);
});

test("a connection that was never used goes without close()", async () => {
  const play = await stage(2);
  const reference = (() => {
    const { host } = play.a;
    const pc = withRealm({ host, openEngine }, () => new RTCPeerConnection());
    pc.addTransceiver("audio");
    pc.ontrack = () => pc.close();
    return new WeakRef(pc);
  })();
  await play.world.runAsync(60_000);
  await collect();
  expect(reference.deref()).toBeUndefined();
  end(play);
});

test("a connected one that nobody holds stays and serves its channel", async () => {
  const play = await stage(3, { latency: 5 });
  const { near } = await connectChannel(play);
  const { world } = play;
  let echoes = 0;
  near.onmessage = () => echoes++;
  const other = new WeakRef(play.z.connection);
  await (async () => {
    const { connection } = play.z;
    connection.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send(data);
    };
    const second = play.a.connection.createDataChannel("second");
    second.onmessage = () => echoes++;
    await world.runUntilAsync(() => second.readyState === "open", 5000);
  })();
  (play as { z: unknown }).z = undefined;
  play.a.connection.onicecandidate = null;
  await collect();
  expect(other.deref()).toBeDefined();
  const third = play.a.connection.createDataChannel("third");
  third.onmessage = () => echoes++;
  await world.runUntilAsync(() => third.readyState === "open", 5000);
  third.send("hello");
  await world.runUntilAsync(() => echoes === 1, 5000);
  play.a.connection.close();
  await world.runAsync(60_000);
});

test("ids of streams that the peer has given up are not remembered for ever", async () => {
  const streams = new RemoteStreams();
  const kept = streams.get("kept");
  for (let i = 0; i < 1000; i++) streams.get(`stream ${i}`);
  await collect();
  expect(streams.size).toBe(1);
  expect(streams.get("kept")).toBe(kept);
});

test("streams and tracks of a description that is rolled back go", async () => {
  const play = await stage(4);
  const { world, a, z } = play;
  await negotiate(play);
  const reference = await (async () => {
    a.connection.addTrack(createTrack("video"), new MediaStream());
    await world.runUntilSettled(a.connection.setLocalDescription(), 1000);
    let seen: WeakRef<object> | undefined;
    z.connection.ontrack = ({ track }) => {
      seen = new WeakRef(track);
    };
    await world.runUntilSettled(z.connection.setRemoteDescription(a.connection.localDescription!), 1000);
    z.connection.ontrack = null;
    await world.runUntilSettled(z.connection.setRemoteDescription({ type: "rollback" }), 1000);
    return seen!;
  })();
  await world.runAsync(1000);
  await collect();
  expect(reference.deref()).toBeUndefined();
  end(play);
});
