import type { Random } from "../../base/random.ts";
import type { TimerTable } from "../../base/timer-table.ts";
import type { SctpEventQueue } from "../event-queue.ts";
import type { SctpLimits } from "../limits.ts";
import { COMMON_HEADER_LENGTH } from "../packet/common-header.ts";
import { DataReceiver } from "../rx/data-receiver.ts";
import type { SctpCounters } from "../statistics.ts";
import { DataSender } from "../tx/data-sender.ts";
import type { SendQueue } from "../tx/send-queue.ts";
import type { Capabilities } from "./capabilities.ts";
import type { ControlQueue } from "./control-queue.ts";
import { Heartbeat } from "./heartbeat.ts";
import { PathProbe } from "./path-probe.ts";
import type { HandshakeResult } from "./state-cookie.ts";
import { StreamReset } from "./stream-reset.ts";

/** What every {@link Tcb} of one association object shares. */
export interface TcbEnvironment {
  readonly random: Random;
  readonly limits: SctpLimits;
  readonly maxReceiveMessageSize: number;
  readonly receiveWindow: number;
  readonly queue: SendQueue;
  readonly control: ControlQueue;
  readonly events: SctpEventQueue;
  readonly timers: TimerTable;
  readonly counters: SctpCounters;
}

/** The transmission control block (RFC 9260 §14): everything that exists once both tags are known. */
export class Tcb {
  readonly localTag: number;
  readonly peerTag: number;
  readonly capabilities: Capabilities;
  readonly inboundStreams: number;
  readonly outboundStreams: number;
  readonly localInitialTsn: number;
  readonly sender: DataSender;
  readonly receiver: DataReceiver;
  readonly reset: StreamReset;
  readonly heartbeat: Heartbeat;
  readonly probe: PathProbe;

  constructor(environment: TcbEnvironment, agreed: HandshakeResult, mtu: number, baseMtu: number) {
    const { limits, queue, control, events, timers, counters } = environment;
    this.localTag = agreed.localTag;
    this.peerTag = agreed.peerTag;
    this.capabilities = agreed.capabilities;
    this.inboundStreams = agreed.inboundStreams;
    this.outboundStreams = agreed.outboundStreams;
    this.localInitialTsn = agreed.localInitialTsn;
    this.sender = new DataSender({
      limits,
      mtu,
      baseMtu,
      initialTsn: agreed.localInitialTsn,
      peerReceiverWindow: agreed.peerReceiverWindow,
      partialReliability: agreed.capabilities.partialReliability,
      queue,
      events,
      timers,
      counters,
    });
    this.receiver = new DataReceiver({
      limits,
      peerInitialTsn: agreed.peerInitialTsn,
      inboundStreams: agreed.inboundStreams,
      maxMessageSize: environment.maxReceiveMessageSize,
      receiveWindow: environment.receiveWindow,
      events,
      timers,
      counters,
    });
    this.reset = new StreamReset({
      localInitialTsn: agreed.localInitialTsn,
      peerInitialTsn: agreed.peerInitialTsn,
      supported: agreed.capabilities.reconfiguration,
      inboundStreams: agreed.inboundStreams,
      rtoMax: limits.rtoMax,
      chunkRoom: baseMtu - COMMON_HEADER_LENGTH,
      queue,
      sender: this.sender,
      receiver: this.receiver,
      control,
      events,
      timers,
    });
    this.heartbeat = new Heartbeat(environment.random);
    this.probe = new PathProbe(environment.random);
  }

  /** No DATA has been exchanged. */
  get isUntouched(): boolean {
    const { sender, receiver } = this;
    return sender.outstanding.nextTsn === 0 && receiver.received.highest < 0;
  }
}
