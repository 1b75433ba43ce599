// Loads a WebRTC implementation for Node by name and gives its W3C classes. All but our own are looked up in the folder
// that install-peers.mjs has filled.
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** Where the other stacks are installed: never inside the project. */
export const PEERS_FOLDER = path.resolve(process.env.PEERS ?? path.join(tmpdir(), "skywave-bench-peers"));

const require = createRequire(path.join(PEERS_FOLDER, "noop.js"));
const importFrom = (name) => import(pathToFileURL(require.resolve(name)).href);

const LOADERS = {
  skywave: () => import("skywave"),
  "@roamhq/wrtc": async () => require("@roamhq/wrtc"),
  "node-datachannel": () => importFrom("node-datachannel/polyfill"),
  werift: async () => {
    const werift = require("werift");
    // By default it asks a public STUN server and leaves out the loopback address.
    class RTCPeerConnection extends werift.RTCPeerConnection {
      constructor(configuration) {
        super({
          iceServers: [],
          ...configuration,
          iceAdditionalHostAddresses: ["127.0.0.1"],
          iceInterfaceAddresses: undefined,
        });
      }
    }
    return { RTCPeerConnection };
  },
};

export const IMPLEMENTATIONS = Object.keys(LOADERS);

/** The classes of an implementation: one of IMPLEMENTATIONS, or the path of a module that exports them. */
export function load(name) {
  return LOADERS[name]?.() ?? import(pathToFileURL(path.resolve(name)).href);
}
