import { describe, expect, test } from "vitest";
import { RTCDataChannelEvent } from "./RTCDataChannelEvent.ts";
import { RTCError, toRTCError } from "./RTCError.ts";
import { RTCErrorEvent } from "./RTCErrorEvent.ts";
import { RTCSessionDescription } from "./RTCSessionDescription.ts";

describe("RTCError (webrtc-pc §11.1)", () => {
  test("is a DOMException named OperationError without a legacy code", () => {
    const error = new RTCError({ errorDetail: "dtls-failure", sentAlert: 42 }, "broken");
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "OperationError", code: 0, message: "broken" });
    expect(error).toMatchObject({
      errorDetail: "dtls-failure",
      sentAlert: 42,
      receivedAlert: null,
      sctpCauseCode: null,
      sdpLineNumber: null,
    });
  });

  test("converts its numbers, and refuses unknown details", () => {
    expect(new RTCError({ errorDetail: "sctp-failure", sctpCauseCode: 2 ** 32 + 12 }).sctpCauseCode).toBe(12);
    expect(new RTCError({ errorDetail: "dtls-failure", receivedAlert: -1 }).receivedAlert).toBe(
      4_294_967_295,
    );
    expect(() => new RTCError({ errorDetail: "bad luck" as "dtls-failure" })).toThrow(TypeError);
    expect(() => Reflect.construct(RTCError, [])).toThrow(TypeError);
  });

  test("carries what the engine has reported", () => {
    const error = toRTCError({ detail: "sctp-failure", message: "aborted", sctpCauseCode: 12 });
    expect(error).toMatchObject({ errorDetail: "sctp-failure", sctpCauseCode: 12, message: "aborted" });
  });
});

describe("events with objects in them", () => {
  test("RTCErrorEvent needs an RTCError, and returns the same one", () => {
    const error = new RTCError({ errorDetail: "dtls-failure" });
    const event = new RTCErrorEvent("error", { error, cancelable: true });
    expect(event.error).toBe(error);
    expect([event.cancelable, event.bubbles]).toEqual([true, false]);
    const foreign = new DOMException("x", "OperationError") as RTCError;
    expect(() => new RTCErrorEvent("error", { error: foreign })).toThrow(TypeError);
  });

  test("RTCDataChannelEvent needs a channel", () => {
    expect(() => Reflect.construct(RTCDataChannelEvent, ["datachannel", { channel: {} }])).toThrow(TypeError);
    expect(() => Reflect.construct(RTCDataChannelEvent, ["datachannel"])).toThrow(TypeError);
  });
});

describe("RTCSessionDescription (webrtc-pc §4.6.2)", () => {
  test("takes a type and a text, and survives JSON", () => {
    const description = new RTCSessionDescription({ type: "rollback" });
    expect(description).toMatchObject({ type: "rollback", sdp: "" });
    expect(JSON.parse(JSON.stringify(description))).toEqual({ type: "rollback", sdp: "" });
    expect(() => new RTCSessionDescription({ type: "maybe" as "offer" })).toThrow(TypeError);
    expect(() => Reflect.construct(RTCSessionDescription, [{}])).toThrow(TypeError);
  });
});
