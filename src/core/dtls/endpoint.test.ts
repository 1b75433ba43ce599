import { describe, expect, test } from "vitest";
import { newIdentity, Pair } from "./pair.testing.ts";

const [alice, bob] = await Promise.all([newIdentity(), newIdentity()]);
const identities = { client: alice, server: bob };

describe("a handshake", () => {
  test("connects both and carries data both ways", () => {
    const pair = new Pair(identities);
    pair.connect();
    expect(pair.client.state).toBe("connected");
    expect(pair.server.state).toBe("connected");
    pair.send("client", new Uint8Array([1, 2, 3]));
    pair.send("server", new Uint8Array([4, 5]));
    pair.run();
    expect(pair.received.server).toEqual([new Uint8Array([1, 2, 3])]);
    expect(pair.received.client).toEqual([new Uint8Array([4, 5])]);
  });
});
