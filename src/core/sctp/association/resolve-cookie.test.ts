import { expect, test } from "vitest";
import { resolveCookie } from "./resolve-cookie.ts";

const OURS = { localTag: 10, peerTag: 20 };

function cookie(localTag: number, peerTag: number, localTieTag = 0, peerTieTag = 0) {
  return { localTag, peerTag, localTieTag, peerTieTag };
}

test("without an association a cookie makes a new one (RFC 9260 §5.1.5)", () => {
  expect(resolveCookie(11, undefined, cookie(11, 21))).toBe("new");
});

test("row A: both tags new and both tie-tags ours: the peer has restarted (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(11, OURS, cookie(11, 21, 10, 20))).toBe("restart");
});

test("row B: our tag and another peer's tag: both ends sent INIT (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(10, OURS, cookie(10, 21))).toBe("collision");
  expect(resolveCookie(10, OURS, cookie(10, 21, 10, 20))).toBe("collision");
});

test("row B: our tag, and the peer's is not known yet, as in COOKIE-WAIT (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(10, { localTag: 10, peerTag: 0 }, cookie(10, 21))).toBe("collision");
});

test("row C: another local tag, the same peer's tag, no tie-tags: late, discard (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(11, OURS, cookie(11, 20))).toBe("discard");
});

test("row D: both tags match: it is ours already (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(10, OURS, cookie(10, 20))).toBe("existing");
  expect(resolveCookie(10, OURS, cookie(10, 20, 10, 20))).toBe("existing");
});

test("whatever the table does not name is discarded (RFC 9260 §5.2.4)", () => {
  expect(resolveCookie(11, OURS, cookie(11, 21))).toBe("discard");
  expect(resolveCookie(11, OURS, cookie(11, 21, 10, 99))).toBe("discard");
  expect(resolveCookie(11, OURS, cookie(11, 21, 99, 20))).toBe("discard");
  expect(resolveCookie(11, OURS, cookie(11, 20, 10, 20))).toBe("discard");
  expect(resolveCookie(11, { localTag: 10, peerTag: 0 }, cookie(11, 21, 10, 0))).toBe("discard");
});

test("a packet whose verification tag is not the cookie's means nothing (RFC 9260 §8.5.1 E)", () => {
  expect(resolveCookie(12, undefined, cookie(11, 21))).toBe("bad-tag");
  expect(resolveCookie(12, OURS, cookie(10, 20))).toBe("bad-tag");
});
