import { expect, test } from "vitest";
import { connectChannel, end, stage } from "./peers.ts";

test("passwords and what is sent appear in no log and in no error", async () => {
  const play = await stage(31, { latency: 10, loss: 0.1, corrupt: 0.05 });
  const lines: string[] = [];
  for (const { host } of [play.a, play.z]) {
    Object.defineProperty(host, "log", {
      value: { enabled: true, event: (...args: unknown[]) => lines.push(JSON.stringify(args)) },
    });
  }
  const { near } = await connectChannel(play);
  near.send("a sentence for two");
  await play.world.runAsync(2000);
  const errors: string[] = [];
  const wrong = play.a.connection.localDescription!.sdp.replace(/a=ice-pwd:.*/, "a=ice-pwd:short");
  const refused = play.z.connection
    .setRemoteDescription({ type: "offer", sdp: wrong })
    .catch((error: Error) => void errors.push(`${error.message} ${error.stack}`));
  await play.world.runUntilSettled(refused, 1000);
  end(play);
  expect(lines.length).toBeGreaterThan(5);
  expect(errors).toHaveLength(1);
  const secrets = [play.a, play.z].flatMap(({ connection }) =>
    [connection.currentLocalDescription, connection.currentRemoteDescription].map(
      (description) => /a=ice-pwd:(\S+)/.exec(description!.sdp)![1]!,
    ),
  );
  expect(new Set(secrets).size).toBe(2);
  for (const secret of [...secrets, "a sentence for two"]) {
    for (const line of [...lines, ...errors]) expect(line).not.toContain(secret);
  }
});
