/**
 * The behaviour that every implementation of the Host port must show. Run by `host-contract.test.ts` on the hosts there
 * are; nothing here knows which one it is, and nothing sleeps: a fixture waits for events in its own way.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatIpAddress, parseIpAddress } from "../src/core/base/ip-address.ts";
import { ContractContext, type HostFixture } from "./host-contract-context.ts";
import { streamContract } from "./host-contract-stream.ts";
import { nameContract, taskContract, timerContract } from "./host-contract-time.ts";
import {
  bindContract,
  closeContract,
  datagramContract,
  probeContract,
  sendErrorContract,
} from "./host-contract-udp.ts";

/** Declares the whole suite for one kind of host. Every test gets a host of its own. */
export function hostContract(name: string, makeFixture: () => HostFixture): void {
  describe(`${name} keeps the Host contract`, () => {
    const context = new ContractContext();
    beforeEach(() => context.begin(makeFixture()));
    afterEach(() => context.end());

    localAddressContract(context);
    bindContract(context);
    datagramContract(context);
    sendErrorContract(context);
    closeContract(context);
    probeContract(context);
    streamContract(context);
    taskContract(context);
    timerContract(context);
    nameContract(context);

    test("now never goes back, and wallClock is milliseconds since 1970", () => {
      let last = context.host.now();
      for (let i = 0; i < 1000; i++) {
        const now = context.host.now();
        expect(now).toBeGreaterThanOrEqual(last);
        last = now;
      }
      expect(context.host.wallClock()).toBeGreaterThan(1_577_836_800_000); // 2020
    });

    test("crypto fills buffers with bytes that differ", () => {
      const a = new Uint8Array(32);
      const b = new Uint8Array(32);
      context.host.crypto.fill(a);
      context.host.crypto.fill(b);
      expect(a).not.toEqual(b);
      expect(new Set(a).size).toBeGreaterThan(8);
    });
  });
}

function localAddressContract(context: ContractContext): void {
  describe("localAddresses", () => {
    test("are canonical, each once, with loopback marked", () => {
      const locals = context.host.localAddresses();
      for (const local of locals) {
        const bytes = parseIpAddress(local.address);
        expect(bytes).toBeDefined();
        expect(formatIpAddress(bytes!)).toBe(local.address);
        expect(local.family).toBe(bytes!.length === 4 ? 4 : 6);
        expect(local.interfaceName).not.toBe("");
      }
      const keys = locals.map((local) => `${local.address}%${local.scopeId ?? ""}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(locals.filter((local) => local.loopback).map((local) => local.address)).toContain("127.0.0.1");
    });

    test("name a scope for link-local IPv6 and for nothing else (RFC 4007)", () => {
      for (const local of context.host.localAddresses()) {
        const linkLocal = local.address.startsWith("fe80:");
        expect(local.scopeId !== undefined).toBe(linkLocal);
      }
    });
  });
}
