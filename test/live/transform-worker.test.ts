import { expect, test } from "vitest";
import { runProgram } from "./child.testing.ts";

/** Appends a byte to every frame; answers messages that are for itself. */
const WORKER = `
  import "skywave/worker";
  import { parentPort } from "node:worker_threads";
  onrtctransform = async ({ transformer }) => {
    const { readable, writable, options } = transformer;
    const append = new TransformStream({
      transform(frame, controller) {
        frame.data = Uint8Array.of(...new Uint8Array(frame.data), options.byte).buffer;
        controller.enqueue(frame);
      },
    });
    await readable.pipeThrough(append).pipeTo(writable);
  };
  parentPort.on("message", (message) => parentPort.postMessage(["got", message]));
`;

test("frames pass through a worker thread, whose own messages stay its own (webrtc-encoded-transform §6)", async () => {
  const { output } = await runProgram(`
    import { Worker } from "node:worker_threads";
    import { RTCPeerConnection, RTCRtpScriptTransform } from "skywave";
    import { nodeHost, withRealm } from "skywave/host";
    import { TrackSource, trackFrom } from "skywave/media";

    const worker = new Worker(${JSON.stringify(WORKER)}, { eval: true, execArgv: ["--input-type=module"] });
    const heard = new Promise((resolve) => worker.once("message", resolve));
    let sent;
    const frameSent = new Promise((resolve) => { sent = resolve; });
    const openEngine = () => ({ command: (command) => { if (command.type === "send-frame") sent(command.frame); } });
    const [pc, peer] = withRealm({ host: nodeHost, openEngine }, () => [new RTCPeerConnection(), new RTCPeerConnection()]);
    const source = new TrackSource("audio");
    const sender = pc.addTrack(trackFrom(source));
    sender.transform = new RTCRtpScriptTransform(worker, { byte: 7 });
    worker.postMessage("hello");
    await pc.setLocalDescription();
    await peer.setRemoteDescription(pc.localDescription);
    await peer.setLocalDescription();
    await pc.setRemoteDescription(peer.localDescription);
    source.writeFrame({ type: "key", data: Uint8Array.of(1, 2), timestamp: 0 });
    const [message, { data }] = [await heard, await frameSent];
    pc.close();
    peer.close();
    await worker.terminate();
    console.log(JSON.stringify({ message, bytes: [...data] }));
  `);
  expect(output).toEqual({ message: ["got", "hello"], bytes: [1, 2, 7] });
});
