import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { localAddresses, MAX_LOCAL_ADDRESSES } from "./local-addresses.ts";

function ipv4(address: string, internal = false): NetworkInterfaceInfo {
  return {
    address,
    netmask: "255.255.255.0",
    family: "IPv4",
    mac: "00:00:00:00:00:00",
    internal,
    cidr: null,
  };
}

function ipv6(address: string, scopeid: number, internal = false): NetworkInterfaceInfo {
  return {
    address,
    netmask: "ffff::",
    family: "IPv6",
    mac: "00:00:00:00:00:00",
    internal,
    cidr: null,
    scopeid,
  };
}

test("lists loopback first, then routed addresses, then link-local IPv6 with its scope", () => {
  const found = localAddresses({
    eth0: [ipv6("fe80::1", 4), ipv4("192.0.2.2"), ipv6("2001:DB8::2", 0)],
    lo: [ipv4("127.0.0.1", true), ipv6("::1", 0, true)],
  });
  expect(found).toEqual([
    { address: "127.0.0.1", family: 4, interfaceName: "lo", loopback: true },
    { address: "::1", family: 6, interfaceName: "lo", loopback: true },
    { address: "192.0.2.2", family: 4, interfaceName: "eth0", loopback: false },
    { address: "2001:db8::2", family: 6, interfaceName: "eth0", loopback: false },
    { address: "fe80::1", family: 6, interfaceName: "eth0", loopback: false, scopeId: 4 },
  ]);
});

test("lists an address once, but the same link-local address once for each link (RFC 4007 §6)", () => {
  const found = localAddresses({
    a: [ipv4("10.0.0.1"), ipv6("fe80::1", 2)],
    b: [ipv4("10.0.0.1"), ipv6("fe80::1", 3)],
  });
  expect(found.map(({ address, interfaceName }) => `${address}%${interfaceName}`)).toEqual([
    "10.0.0.1%a",
    "fe80::1%a",
    "fe80::1%b",
  ]);
});

test("takes 169.254.0.0/16 as an address without a scope", () => {
  expect(localAddresses({ eth0: [ipv4("169.254.3.4")] })).toEqual([
    { address: "169.254.3.4", family: 4, interfaceName: "eth0", loopback: false },
  ]);
});

test("leaves out what nobody can bind to, and interfaces without addresses", () => {
  expect(localAddresses({ eth0: undefined, eth1: [], eth2: [ipv4("0.0.0.0"), ipv6("ff02::1", 2)] })).toEqual(
    [],
  );
});

test("stops at the limit beside loopback, and gives up link-local addresses first", () => {
  for (const count of [MAX_LOCAL_ADDRESSES - 1, MAX_LOCAL_ADDRESSES, MAX_LOCAL_ADDRESSES + 1]) {
    const routed = Array.from({ length: count }, (_, i) => ipv4(`10.0.0.${i + 1}`));
    const found = localAddresses({ lo: [ipv4("127.0.0.1", true)], many: [ipv6("fe80::1", 2), ...routed] });
    const beside = found.filter((local) => !local.loopback);
    expect(beside).toHaveLength(Math.min(count + 1, MAX_LOCAL_ADDRESSES));
    expect(beside.some((local) => local.family === 6)).toBe(count < MAX_LOCAL_ADDRESSES);
    expect(found[0]!.loopback).toBe(true);
  }
});
