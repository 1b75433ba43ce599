import { describe, expect, test } from "vitest";
import type { IceCandidate } from "../core/base/ice-candidate.ts";
import type { EngineEvent } from "../core/session/protocol.ts";
import { negotiated } from "./fake-realm.testing.ts";
import type { RTCIceCandidatePair } from "./RTCIceCandidatePair.ts";
import { RTCIceCandidatePairEvent } from "./RTCIceCandidatePairEvent.ts";

const LOCAL: IceCandidate = {
  foundation: "1",
  component: 1,
  protocol: "udp",
  priority: 2_130_706_431,
  address: "192.0.2.7",
  port: 4000,
  type: "host",
};
const REMOTE: IceCandidate = { ...LOCAL, address: "192.0.2.9", port: 9000 };
const AT = { transport: 1, component: 1 } as const;
const PAIR = { local: LOCAL, remote: REMOTE };
const ADDED: EngineEvent = { type: "ice-pair-added", ...AT, number: 1, pair: PAIR };

/** A transport with one pair, in state "checking" or the one given. */
async function withPair(state: "new" | "checking" | "failed" | "connected" = "connected") {
  const made = await negotiated();
  const ice = made.pc.sctp!.transport.iceTransport;
  const events: RTCIceCandidatePairEvent[] = [];
  for (const type of ["add", "remove", "nominate"] as const)
    ice.addEventListener(`icecandidatepair${type}`, (event) =>
      events.push(event as RTCIceCandidatePairEvent),
    );
  if (state !== "new") made.realm.report({ type: "ice-state", ...AT, state });
  made.realm.report(ADDED);
  await made.realm.settle();
  return { ...made, ice, events, pair: events[0]!.candidatePair };
}

const commandsOf = (commands: readonly { type: string }[]) =>
  commands.filter(({ type }) => ["decide-nomination", "choose-pair", "remove-pair"].includes(type));

describe("candidate pairs of a transport (webrtc-extensions)", () => {
  test("icecandidatepairadd brings the pair, which the selected pair is later, as the same object", async () => {
    const { realm, ice, events, pair } = await withPair();
    expect(events[0]).toBeInstanceOf(RTCIceCandidatePairEvent);
    expect(events[0]).toMatchObject({ type: "icecandidatepairadd", cancelable: false });
    expect([pair.local.address, pair.remote.address]).toEqual(["192.0.2.7", "192.0.2.9"]);
    realm.report({ type: "ice-selected-pair", ...AT, pair: PAIR, number: 1 });
    await realm.settle();
    expect(ice.getSelectedCandidatePair()).toBe(pair);
  });

  test.each([
    [true, "preventDefault()"],
    [false, "nothing"],
  ])("icecandidatepairnominate can be cancelled: %s (by %s)", async (cancels) => {
    const { realm, ice, pair } = await withPair();
    ice.onicecandidatepairnominate = (event) => {
      expect(event.cancelable).toBe(true);
      expect(event.candidatePair).toBe(pair);
      if (cancels) event.preventDefault();
    };
    realm.report({ type: "ice-nomination-proposed", ...AT, number: 1 });
    await realm.settle();
    expect(commandsOf(realm.commands)).toEqual([
      { type: "decide-nomination", ...AT, pair: 1, accepted: !cancels },
    ]);
  });

  test("icecandidatepairremove takes the pair out of the list after the event, which cannot be cancelled", async () => {
    const { realm, ice, events, pair } = await withPair();
    let during: Promise<unknown> | undefined;
    ice.onicecandidatepairremove = () => {
      during = ice.selectCandidatePair!(pair);
      during.catch(() => {});
    };
    realm.report({ type: "ice-pair-removed", ...AT, number: 1 });
    await realm.settle();
    expect(events.at(-1)).toMatchObject({ type: "icecandidatepairremove", cancelable: false });
    await expect(during).rejects.toMatchObject({ name: "InvalidStateError" });
    await expect(ice.selectCandidatePair!(pair)).rejects.toMatchObject({ name: "NotFoundError" });
  });

  test("selectCandidatePair() resolves after the events of the change", async () => {
    const { realm, ice, pair } = await withPair("checking");
    const log: string[] = [];
    ice.onselectedcandidatepairchange = () => log.push("pair");
    const promise = ice.selectCandidatePair!(pair).then((value) => log.push(`resolved ${value}`));
    expect(commandsOf(realm.commands)).toEqual([{ type: "choose-pair", ...AT, pair: 1, request: 1 }]);
    realm.report(
      { type: "ice-selected-pair", ...AT, pair: PAIR, number: 1 },
      { type: "ice-pair-chosen", ...AT, request: 1, succeeded: true },
    );
    await realm.settled(promise);
    expect(log).toEqual(["pair", "resolved undefined"]);
  });

  test("selectCandidatePair() of a pair that does not work rejects with an OperationError", async () => {
    const { realm, ice, pair } = await withPair();
    const promise = ice.selectCandidatePair!(pair);
    realm.report({ type: "ice-pair-chosen", ...AT, request: 1, succeeded: false });
    await expect(realm.settled(promise)).rejects.toMatchObject({ name: "OperationError" });
  });

  test("removeCandidatePair() takes the pair at once, fires the event when it is gone, and resolves", async () => {
    const { realm, ice, events, pair } = await withPair();
    const promise = ice.removeCandidatePair!(pair);
    await expect(ice.removeCandidatePair!(pair)).rejects.toMatchObject({ name: "NotFoundError" });
    expect(commandsOf(realm.commands)).toEqual([{ type: "remove-pair", ...AT, pair: 1 }]);
    expect(events).toHaveLength(1);
    realm.report({ type: "ice-pair-removed", ...AT, number: 1 });
    expect(await realm.settled(promise)).toBeUndefined();
    expect(events.at(-1)).toMatchObject({
      type: "icecandidatepairremove",
      cancelable: false,
      candidatePair: pair,
    });
  });

  test.each(["selectCandidatePair", "removeCandidatePair"] as const)(
    "%s() in the states new, failed and closed, while a decision is pending, and without an argument",
    async (method) => {
      const call = (made: Awaited<ReturnType<typeof withPair>>, pair: RTCIceCandidatePair = made.pair) =>
        made.ice[method]!(pair);
      for (const state of ["new", "failed"] as const)
        await expect(call(await withPair(state))).rejects.toMatchObject({ name: "InvalidStateError" });
      const made = await withPair();
      const other = await withPair();
      await expect(call(made, other.pair)).rejects.toMatchObject({ name: "NotFoundError" });
      await expect(Reflect.apply(made.ice[method]!, made.ice, [])).rejects.toThrow(TypeError);
      await expect(Reflect.apply(made.ice[method]!, made.ice, [{}])).rejects.toThrow(TypeError);
      let pending: Promise<undefined> | undefined;
      made.ice.onicecandidatepairnominate = () => {
        pending = call(made);
        pending.catch(() => {});
      };
      made.realm.report({ type: "ice-nomination-proposed", ...AT, number: 1 });
      await made.realm.settle();
      await expect(pending).rejects.toMatchObject({ name: "InvalidStateError" });
      made.pc.close();
      await expect(call(made)).rejects.toMatchObject({ name: "InvalidStateError" });
    },
  );

  test("RTCIceCandidatePairEvent wants a pair: TypeError", async () => {
    const { pair } = await withPair();
    const init = { candidatePair: pair, cancelable: true };
    expect(new RTCIceCandidatePairEvent("e", init)).toMatchObject({ type: "e", ...init });
    for (const wrong of [[], ["e"], ["e", {}], ["e", { candidatePair: {} }]])
      expect(() => Reflect.construct(RTCIceCandidatePairEvent, wrong)).toThrow(TypeError);
  });
});
