import { describe, expect, test } from "vitest";
import type { IceOptions } from "../core/base/ice-options.ts";
import type { LocalAddress } from "./host.ts";
import { usableAddresses, wantedAddresses } from "./usable-addresses.ts";

const HERE: LocalAddress = { address: "127.0.0.1", family: 4, interfaceName: "lo", loopback: true };
const CABLE: LocalAddress = {
  address: "192.168.1.2",
  family: 4,
  interfaceName: "eth0",
  loopback: false,
  networkType: "ethernet",
};
const CABLE6: LocalAddress = { ...CABLE, address: "2001:db8::2", family: 6 };
const TUNNEL: LocalAddress = {
  address: "10.8.0.2",
  family: 4,
  interfaceName: "tun0",
  loopback: false,
  networkType: "vpn",
};
const ALL = [HERE, CABLE, CABLE6, TUNNEL];

function used(options: IceOptions, loopback = false): string[] {
  return usableAddresses(wantedAddresses(ALL, options), loopback).map(({ address }) => address);
}

describe("addresses that sockets are opened on", () => {
  test("without options: all but loopback (RFC 8445 §5.1.1.1)", () => {
    expect(used({})).toEqual(["192.168.1.2", "2001:db8::2", "10.8.0.2"]);
    expect(used({}, true)).toEqual(["192.168.1.2", "2001:db8::2", "10.8.0.2", "127.0.0.1"]);
  });

  test("only those of an interface, of a type, within a prefix; all lists together", () => {
    expect(used({ only: { interfaces: ["eth0"] } })).toEqual(["192.168.1.2", "2001:db8::2"]);
    expect(used({ only: { types: ["vpn"] } })).toEqual(["10.8.0.2"]);
    expect(used({ only: { types: ["unknown"] } })).toEqual(["127.0.0.1"]);
    expect(used({ only: { addresses: ["10.0.0.0/8", "2001:db8::2"] } })).toEqual(["2001:db8::2", "10.8.0.2"]);
    expect(used({ only: { interfaces: ["eth0"], addresses: ["192.168.0.0/16"] } })).toEqual(["192.168.1.2"]);
    expect(used({ only: { interfaces: [] } })).toEqual([]);
  });

  test("never those that any list of exceptions names", () => {
    expect(used({ except: { types: ["vpn"], addresses: ["2001:db8::/32"] } })).toEqual(["192.168.1.2"]);
    expect(used({ only: { interfaces: ["eth0"] }, except: { addresses: ["::/0"] } })).toEqual([
      "192.168.1.2",
    ]);
  });

  test("loopback where nothing else is wanted", () => {
    expect(used({ only: { interfaces: ["lo"] } })).toEqual(["127.0.0.1"]);
  });
});
