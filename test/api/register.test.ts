import { expect, test } from "vitest";
import * as interfaces from "../../src/index.ts";
import "../../src/register.ts";

test("skywave/register defines every interface on globalThis as browsers do (WebIDL §3.7.1)", () => {
  for (const [name, value] of Object.entries(interfaces)) {
    expect(Object.getOwnPropertyDescriptor(globalThis, name), name).toEqual({
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
});

test("a browser's code finds them", () => {
  const { RTCPeerConnection } = globalThis as unknown as typeof interfaces;
  const pc = new RTCPeerConnection();
  expect(pc).toBeInstanceOf(EventTarget);
  pc.close();
});
