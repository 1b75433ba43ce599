import { readFileSync } from "node:fs";

/**
 * The MTU of a network interface, bytes; undefined where the system does not tell. Node has no call for it; Linux shows it
 * below /sys.
 */
export function linkMtu(interfaceName: string): number | undefined {
  if (process.platform !== "linux") return undefined;
  // "eth0:1" is another address of eth0 (an alias), not another link.
  const link = interfaceName.split(":", 1)[0];
  if (link === undefined || link === "" || link.includes("/") || link.startsWith(".")) return undefined;
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${link}/mtu`, "latin1"));
    return Number.isInteger(mtu) && mtu > 0 ? mtu : undefined;
  } catch {
    return undefined; // no such file: a system without /sys, or an interface that has just gone
  }
}
