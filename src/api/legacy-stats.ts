/**
 * `statsended` (webrtc-pc of 2018 §8.2): a connection tells what it last knew of objects that have left its statistics.
 * It is dropped since; an application that wants to know compares reports, as is done here.
 */
import { domString, instanceOf } from "../webidl/convert.ts";
import { dictionary, required } from "../webidl/dictionary.ts";
import { convertEventInit, type EventInit } from "../webidl/event-init.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import type { RTCPeerConnection } from "./RTCPeerConnection.ts";
import { createStatsReport, isRTCStatsReport, type RTCStatsReport } from "./RTCStatsReport.ts";

/** webrtc-pc of 2018 §8.7 */
export interface RTCStatsEventInit extends EventInit {
  report: RTCStatsReport;
}

const convertInit = dictionary(
  "RTCStatsEventInit",
  { report: required(instanceOf("RTCStatsReport", isRTCStatsReport)) },
  convertEventInit,
);

const internals = internalSlots<RTCStatsReport, RTCStatsEvent>("RTCStatsEvent");

/** Fired at the connection when objects have left its statistics; `report` has them as they were last seen. */
export class RTCStatsEvent extends Event {
  constructor(...args: [type: string, eventInitDict: RTCStatsEventInit]) {
    const context = constructorContext("RTCStatsEvent");
    requireArguments(context, args, 2);
    const type = domString(args[0], context);
    const init = convertInit(args[1], context);
    super(type, init);
    internals.attach(this, init.report);
  }

  get report(): RTCStatsReport {
    return internals.of(this);
  }
}

exposeInterface(RTCStatsEvent, "RTCStatsEvent", { length: 2 });

/**
 * Fires `statsended` from here on. Objects leave with descriptions: the report taken when an offer is set is what was
 * last seen of those that the answer ends.
 */
export function watchStats(connection: RTCPeerConnection): void {
  let known: RTCStatsReport | undefined;
  let turn: Promise<void> = Promise.resolve();
  const compare = async () => {
    const report = await connection.getStats();
    const ended = [...(known ?? [])].filter(([id]) => !report.has(id));
    known = report;
    if (ended.length === 0 || connection.signalingState === "closed") return;
    connection.dispatchEvent(new RTCStatsEvent("statsended", { report: createStatsReport(new Map(ended)) }));
  };
  connection.addEventListener("signalingstatechange", () => {
    turn = turn.then(compare).catch(() => {});
  });
}
