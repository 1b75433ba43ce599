import { describe, expect, test } from "vitest";
import type { IceOptions } from "../core/base/ice-options.ts";
import { convertIceOptions, MAX_OPTION_ENTRIES } from "./ice-options.ts";

const refused = (options: unknown) => () => convertIceOptions(options, "IceOptions");

describe("options of ICE beyond the W3C configuration", () => {
  test("are copied, addresses in canonical form", () => {
    const given = {
      portRange: { min: 5000, max: 5100 },
      only: { interfaces: ["eth0"], types: ["ethernet"], addresses: ["10.0.0.0/8"] },
      except: {},
      candidateTypes: ["host"],
      addressMappings: [{ local: "2001:DB8::0:1", public: "2001:db8::2", as: "host" }],
      tcp: ["active", "passive"],
      relayTransports: ["udp", "tcp"],
      mdns: true,
    };
    expect(convertIceOptions(given, "IceOptions")).toEqual({
      ...given,
      addressMappings: [{ local: "2001:db8::1", public: "2001:db8::2", as: "host" }],
    } as IceOptions);
  });

  test("no member is needed", () => {
    expect(convertIceOptions({}, "IceOptions")).toEqual({});
  });

  test.each([
    [undefined, "IceOptions is not of type 'IceOptions'."],
    [{ portrange: {} }, "IceOptions: IceOptions has no member 'portrange'."],
    [{ only: { interface: "eth0" } }, "LocalAddressFilter has no member 'interface'."],
    [{ portRange: { min: 1 } }, "required member 'max' of PortRange is undefined."],
    [{ only: { addresses: ["10.0.0.0/33"] } }, "'10.0.0.0/33' is not an IP address or prefix."],
    [{ only: { types: ["tunnel"] } }, "'tunnel' is not a valid NetworkType."],
    [{ candidateTypes: ["prflx"] }, "'prflx' is not a valid candidate type."],
    [{ relayTransports: ["tls"] }, "'tls' is not a valid relay transport."],
    [{ tcp: "active" }, "member 'tcp' of IceOptions is not iterable."],
    [
      { addressMappings: [{ local: "10.0.0.1", public: "example.org", as: "host" }] },
      "'example.org' is not an IP address.",
    ],
    [
      { addressMappings: [{ local: "10.0.0.1", public: "2001:db8::1", as: "host" }] },
      "10.0.0.1 and 2001:db8::1 are of two families.",
    ],
    [{ lite: true, tcp: ["passive", "active"] }, "a lite agent has no TCP candidates but passive ones."],
    [
      { lite: true, addressMappings: [{ local: "10.0.0.1", public: "192.0.2.1", as: "srflx" }] },
      "a lite agent has no server-reflexive candidates.",
    ],
  ])("%j is a TypeError", (options, message) => {
    expect(refused(options)).toThrow(TypeError);
    expect(refused(options)).toThrow(message);
  });

  test("ranges that are none, and lists without end, are RangeErrors", () => {
    expect(refused({ portRange: { min: 0, max: 1 } })).toThrow(RangeError);
    expect(refused({ portRange: { min: 5001, max: 5000 } })).toThrow("5001 to 5000 is not a range of ports.");
    const names = (count: number) => ({ only: { interfaces: Array.from({ length: count }, String) } });
    expect(refused(names(MAX_OPTION_ENTRIES))).not.toThrow();
    expect(refused(names(MAX_OPTION_ENTRIES + 1))).toThrow(RangeError);
  });
});
