// Runs classic scripts of the WPT checkout in this realm.
import vm from "node:vm";
import { readServed } from "./tests.mjs";

/** Runs a script of the WPT checkout, or an inline one, as a classic script of this realm. */
export function runScript(root, url, text) {
  const u = new URL(url, globalThis.location.href);
  const code = text ?? (u.protocol === "blob:" ? "" : readServed(root, u.pathname));
  vm.runInThisContext(code, { filename: u.pathname });
}
