import { describe, expect, test } from "vitest";
import { RTCIceCandidate } from "./RTCIceCandidate.ts";
import { RTCPeerConnectionIceErrorEvent } from "./RTCPeerConnectionIceErrorEvent.ts";
import { RTCPeerConnectionIceEvent } from "./RTCPeerConnectionIceEvent.ts";

const TCP =
  "candidate:435653019 2 tcp 1845501695 192.0.2.196 4444 typ srflx raddr www.example.com rport 22222 tcptype active";
const DERIVED = [
  "foundation",
  "component",
  "priority",
  "address",
  "protocol",
  "port",
  "type",
  "tcpType",
  "relatedAddress",
  "relatedPort",
] as const;

describe("RTCIceCandidate (webrtc-pc §4.8.1)", () => {
  test("derives its attributes from the text", () => {
    const candidate = new RTCIceCandidate({ candidate: TCP, sdpMid: "0", usernameFragment: "abcd" });
    expect(candidate).toMatchObject({
      candidate: TCP,
      sdpMid: "0",
      sdpMLineIndex: null,
      usernameFragment: "abcd",
      foundation: "435653019",
      component: "rtcp",
      priority: 1_845_501_695,
      address: "192.0.2.196",
      protocol: "tcp",
      port: 4444,
      type: "srflx",
      tcpType: "active",
      relatedAddress: "www.example.com",
      relatedPort: 22_222,
      relayProtocol: null,
      url: null,
    });
  });

  test("keeps a text that cannot be parsed, with null in every derived attribute", () => {
    for (const text of ["", "nonsense", "candidate:1 1 udp 1 192.0.2.1 70000 typ host", `${TCP} odd`]) {
      const candidate = new RTCIceCandidate({ candidate: text, sdpMLineIndex: 0 });
      expect(candidate.candidate).toBe(text);
      for (const attribute of DERIVED) expect(candidate[attribute], `${text}: ${attribute}`).toBeNull();
    }
  });

  test("needs sdpMid or sdpMLineIndex: TypeError", () => {
    expect(() => new RTCIceCandidate()).toThrow(TypeError);
    expect(() => new RTCIceCandidate({ candidate: TCP, sdpMid: null })).toThrow(TypeError);
    expect(() => new RTCIceCandidate({ sdpMid: "0", relayProtocol: "quic" as "udp" })).toThrow(TypeError);
  });

  test("survives JSON without relayProtocol and url, a copy keeps them", () => {
    const init = { candidate: TCP, sdpMid: "0", relayProtocol: "tls", url: "turns:turn.example" } as const;
    const candidate = new RTCIceCandidate(init);
    expect(JSON.parse(JSON.stringify(candidate))).toEqual({
      candidate: TCP,
      sdpMid: "0",
      sdpMLineIndex: null,
      usernameFragment: null,
    });
    const copy = new RTCIceCandidate(candidate);
    expect([copy.relayProtocol, copy.url]).toEqual(["tls", "turns:turn.example"]);
  });
});

describe("candidate events (webrtc-pc §4.8.2, §4.8.3)", () => {
  test("take their defaults", () => {
    const event = new RTCPeerConnectionIceEvent("icecandidate");
    expect(event).toMatchObject({ type: "icecandidate", candidate: null, url: null, bubbles: false });
    const error = new RTCPeerConnectionIceErrorEvent("e", { errorCode: 701 });
    expect(error).toMatchObject({ address: null, port: null, url: "", errorCode: 701, errorText: "" });
  });

  test("check their arguments: TypeError", () => {
    const candidate = { candidate: "" } as unknown as RTCIceCandidate;
    expect(() => new RTCPeerConnectionIceEvent("e", { candidate })).toThrow(TypeError);
    expect(() => Reflect.construct(RTCPeerConnectionIceEvent, [])).toThrow(TypeError);
    expect(() => Reflect.construct(RTCPeerConnectionIceErrorEvent, ["e", {}])).toThrow(TypeError);
  });
});
