/** webrtc-pc §7 RTCDTMFSender. */
import type { Cancelable } from "../host/host.ts";
import { Construction } from "../webidl/construction.ts";
import { domString, unsignedLong } from "../webidl/convert.ts";
import { defineEventHandlers, type EventHandler } from "../webidl/event-handler.ts";
import { EventTargetWith } from "../webidl/event-target.ts";
import { exposeInterface, operationContext, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";
import { fire } from "./dispatch.ts";
import { playTone } from "./media-flow.ts";
import { RTCDTMFToneChangeEvent } from "./RTCDTMFToneChangeEvent.ts";
import { sends, type TransceiverSlots } from "./transceiver-slots.ts";

/** The events of an `RTCDTMFSender`. */
export interface RTCDTMFSenderEventMap {
  tonechange: RTCDTMFToneChangeEvent;
}

/** The internal slots of an `RTCDTMFSender`. Times in milliseconds. */
export interface DtmfSlots {
  readonly transceiver: TransceiverSlots;
  readonly target: RTCDTMFSender;
  /** [[Duration]] */
  duration: number;
  /** [[InterToneGap]] */
  interToneGap: number;
  /** [[ToneBuffer]] */
  toneBuffer: string;
  /** The DTMF playout task is scheduled. */
  playout: Cancelable | undefined;
}

/** webrtc-pc §7.2, milliseconds. */
const MIN_DURATION = 40;
const MIN_GAP = 30;
const MAX_TIME = 6000;
const COMMA_DELAY = 2000;

const TONES = /^[0-9A-D#*,]*$/;

const NAME = "RTCDTMFSender";

const construction = new Construction<DtmfSlots>();
const internals = internalSlots<DtmfSlots, RTCDTMFSender>(NAME);

/** Sends telephone tones beside an audio track (RFC 4733). */
export class RTCDTMFSender extends EventTargetWith<RTCDTMFSenderEventMap> {
  declare ontonechange: EventHandler<RTCDTMFToneChangeEvent>;

  constructor() {
    const slots = construction.take();
    super();
    internals.attach(this, slots);
  }

  insertDTMF(tones: string, duration?: number, interToneGap?: number): void;
  insertDTMF(...args: unknown[]): void {
    const slots = internals.of(this);
    const context = operationContext(NAME, "insertDTMF");
    requireArguments(context, args, 1);
    const tones = domString(args[0], context);
    const duration = args[1] === undefined ? 100 : unsignedLong(args[1], context);
    const interToneGap = args[2] === undefined ? 70 : unsignedLong(args[2], context);
    insertTones(slots, tones, duration, interToneGap);
  }

  get canInsertDTMF(): boolean {
    return canInsert(internals.of(this));
  }
  get toneBuffer(): string {
    return internals.of(this).toneBuffer;
  }
}

defineEventHandlers(RTCDTMFSender.prototype, internals.of, ["tonechange"]);
exposeInterface(RTCDTMFSender, NAME, { operations: { insertDTMF: 1 } });

/** The slots and object of the tones of a sender; webrtc-pc §7.1 "create an RTCDTMFSender". */
export function createDtmfSender(transceiver: TransceiverSlots): DtmfSlots {
  const slots = { transceiver, duration: 100, interToneGap: 70, toneBuffer: "", playout: undefined };
  const target = construction.run(slots as unknown as DtmfSlots, () => new RTCDTMFSender());
  return Object.assign(slots, { target });
}

/** §7.2 insertDTMF */
function insertTones(slots: DtmfSlots, given: string, duration: number, interToneGap: number): void {
  // Step 4
  if (!canInsert(slots)) throw new DOMException("tones cannot be sent now.", "InvalidStateError");
  // Step 8
  const tones = given.replace(/[a-d]/g, (letter) => letter.toUpperCase());
  if (!TONES.test(tones)) throw new DOMException("there is no such tone.", "InvalidCharacterError");
  // Steps 9 to 15
  slots.toneBuffer = tones;
  slots.duration = Math.min(Math.max(duration, MIN_DURATION), MAX_TIME);
  slots.interToneGap = Math.min(Math.max(interToneGap, MIN_GAP), MAX_TIME);
  // Steps 16 and 17
  if (tones !== "" && slots.playout === undefined) schedulePlayout(slots, 0);
}

function schedulePlayout(slots: DtmfSlots, delay: number): void {
  const { host } = slots.transceiver.connection;
  const wake = () => {
    slots.playout = undefined;
    playOut(slots);
  };
  slots.playout = host.setTimer(host.now() + delay, wake, true);
}

/** §7.2 "DTMF playout task steps" */
function playOut(slots: DtmfSlots): void {
  // Step 1
  if (!canInsert(slots)) return;
  // Steps 2 to 5
  const tone = slots.toneBuffer.slice(0, 1);
  if (tone !== "") {
    slots.toneBuffer = slots.toneBuffer.slice(1);
    if (tone !== ",") playTone(slots.transceiver, tone, slots.duration);
    schedulePlayout(slots, tone === "," ? COMMA_DELAY : slots.duration + slots.interToneGap);
  }
  // Step 6
  fire(slots.target, new RTCDTMFToneChangeEvent("tonechange", { tone }));
}

/** §7.2 "determine if DTMF can be sent" */
function canInsert({ transceiver }: DtmfSlots): boolean {
  const { connection, sender, stopping, currentDirection } = transceiver;
  if (connection.connectionState !== "connected" || stopping || sender.track === null) return false;
  if (!sends(currentDirection) || !sender.encodings[0]!.active) return false;
  return sender.codecs.some(({ mimeType }) => mimeType.toLowerCase() === "audio/telephone-event");
}
