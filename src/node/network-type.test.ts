import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { networkType } from "./network-type.ts";

const sys = mkdtempSync(join(tmpdir(), "sys-"));
afterAll(() => rmSync(sys, { recursive: true }));

function link(name: string, files: Readonly<Record<string, string>>, folders: readonly string[] = []): void {
  const folder = join(sys, "class", "net", name);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries({ uevent: `INTERFACE=${name}`, type: "1\n", ...files }))
    writeFileSync(join(folder, file), text);
  for (const inner of folders) mkdirSync(join(folder, inner));
}

describe.runIf(process.platform === "linux")("the type of an interface, from /sys", () => {
  test("cable, Wi-Fi, mobile, tunnels and what only exists in software", () => {
    link("enp3s0", {}, ["device"]);
    link("wlp2s0", {}, ["device", "phy80211"]);
    link("odd0", { uevent: "DEVTYPE=wwan\n" }, ["device"]);
    link("office", { type: "65534\n" });
    link("home", { tun_flags: "0x1002\n" });
    link("br0", {});
    const types = ["enp3s0", "wlp2s0", "odd0", "office", "home", "br0"].map((name) => networkType(name, sys));
    expect(types).toEqual(["ethernet", "wifi", "cellular", "vpn", "vpn", "virtual"]);
  });

  test("an alias is its link; a name that is a path is not followed", () => {
    link("eth7", {}, ["device"]);
    expect(networkType("eth7:1", sys)).toBe("ethernet");
    expect(networkType("../net/eth7", sys)).toBe("unknown");
  });
});

describe("the type of an interface, from its name", () => {
  test.each([
    ["utun3", "vpn"],
    ["wlan0", "wifi"],
    ["docker0", "virtual"],
    ["eth0", "ethernet"],
    ["en0", "unknown"],
  ] as const)("%s: %s", (name, type) => {
    expect(networkType(name, "/nowhere")).toBe(type);
  });
});
