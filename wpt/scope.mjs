// The part of WPT that `npm run wpt` holds the project to.
import { listTests, runnableInNode } from "./lib/tests.mjs";

const DIRECTORIES = [
  "webrtc",
  "webrtc-encoded-transform",
  "webrtc-extensions",
  "webrtc-ice",
  "webrtc-priority",
  "webrtc-stats",
  "webrtc-svc",
  "mst-content-hint",
  "mediacapture-streams",
];

/** The tests in scope that a Node process can run at all. */
export function testsInScope(wpt) {
  return listTests(wpt, DIRECTORIES).filter(runnableInNode);
}
