import { existsSync, readFileSync } from "node:fs";
import type { NetworkType } from "../core/base/ice-options.ts";

/** Linux, `if_arp.h` ARPHRD_NONE and ARPHRD_PPP: a link without addresses of its own, which is how tunnels look. */
const TUNNEL_LINK_TYPES: ReadonlySet<string> = new Set(["65534", "512"]);

/** What systems call their interfaces; the first prefix that fits. */
const NAMES: readonly (readonly [prefix: string, type: NetworkType])[] = [
  ["utun", "vpn"],
  ["tun", "vpn"],
  ["tap", "vpn"],
  ["wg", "vpn"],
  ["ppp", "vpn"],
  ["ipsec", "vpn"],
  ["wl", "wifi"],
  ["Wi-Fi", "wifi"],
  ["wwan", "cellular"],
  ["rmnet", "cellular"],
  ["docker", "virtual"],
  ["veth", "virtual"],
  ["br-", "virtual"],
  ["bridge", "virtual"],
  ["virbr", "virtual"],
  ["vmnet", "virtual"],
  ["vboxnet", "virtual"],
  ["vEthernet", "virtual"],
  ["eth", "ethernet"],
  ["Ethernet", "ethernet"],
];

/**
 * What an interface is. Linux tells below /sys; elsewhere the name has to do, and where that says nothing ("en0" is a
 * cable on one machine and Wi-Fi on the next) the answer is "unknown". `sys`: where /sys is, for tests.
 */
export function networkType(interfaceName: string, sys = "/sys"): NetworkType {
  // "eth0:1" is another address of eth0 (an alias), not another link.
  const link = interfaceName.split(":", 1)[0] ?? "";
  const known = process.platform === "linux" ? typeFromSys(link, sys) : undefined;
  return known ?? NAMES.find(([prefix]) => link.startsWith(prefix))?.[1] ?? "unknown";
}

function typeFromSys(link: string, sys: string): NetworkType | undefined {
  if (link === "" || link.includes("/") || link.startsWith(".")) return undefined;
  const folder = `${sys}/class/net/${link}`;
  if (existsSync(`${folder}/wireless`) || existsSync(`${folder}/phy80211`)) return "wifi";
  const uevent = read(`${folder}/uevent`);
  if (uevent === undefined) return undefined;
  if (uevent.includes("DEVTYPE=wwan")) return "cellular";
  if (existsSync(`${folder}/tun_flags`) || TUNNEL_LINK_TYPES.has(read(`${folder}/type`) ?? "")) return "vpn";
  return existsSync(`${folder}/device`) ? "ethernet" : "virtual";
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return undefined; // an interface that has just gone
  }
}
