import { expect, test } from "vitest";
import type { IceAgent } from "../ice/index.ts";
import type { ComponentContext, ComponentDrops } from "./component-context.ts";
import { DtlsLayer, EARLY_DTLS_DATAGRAM_SIZE, EARLY_DTLS_DATAGRAMS } from "./dtls-layer.ts";
import type { SrtpLayer } from "./srtp-layer.ts";

test("before a description has started DTLS only so much is kept for it", () => {
  const drops: ComponentDrops = { unknownProtocol: 0, unprovenPath: 0, unexpectedData: 0 };
  const layer = new DtlsLayer({
    place: { transport: 1, component: 1 },
    context: {} as ComponentContext,
    ice: { selectedPath: () => undefined } as IceAgent,
    upper: undefined,
    srtp: {} as SrtpLayer,
    drops,
    replacePeer: () => {},
    peerReplaced: () => {},
  });
  layer.handleDatagram(0, new Uint8Array(EARLY_DTLS_DATAGRAM_SIZE + 1));
  expect(drops.unexpectedData).toBe(1);
  for (let i = 0; i < EARLY_DTLS_DATAGRAMS; i++)
    layer.handleDatagram(0, new Uint8Array(EARLY_DTLS_DATAGRAM_SIZE));
  expect(drops.unexpectedData).toBe(1);
  layer.handleDatagram(0, new Uint8Array(1));
  expect(drops.unexpectedData).toBe(2);
});
