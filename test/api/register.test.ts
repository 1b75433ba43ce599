import { expect, test } from "vitest";
import * as interfaces from "../../src/index.ts";
import { mediaDevices } from "../../src/media/index.ts";
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

test("navigator.mediaDevices is an attribute of Navigator (mediacapture-main §9.1)", () => {
  const { navigator } = globalThis as unknown as { navigator: { mediaDevices: unknown } };
  expect(navigator.mediaDevices).toBe(mediaDevices);
  const descriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(navigator), "mediaDevices");
  expect(descriptor).toMatchObject({ enumerable: true, configurable: true, set: undefined });
  expect(() => descriptor!.get!.call({})).toThrow(TypeError);
});
