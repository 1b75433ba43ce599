/** The internal slots of an `RTCPeerConnection` (webrtc-pc §4.4.1.1) and what its algorithms share. */
import type { CertificateWithKey, Fingerprint } from "../core/crypto/certificate-with-key.ts";
import type { TransceiverId } from "../core/jsep/index.ts";
import {
  closeJsep,
  initialJsepState,
  isNegotiationNeeded,
  type JsepState,
  type LocalCapabilities,
  requestIceRestart,
} from "../core/jsep/index.ts";
import type { ChannelId, EngineCommand, IceComponent, TransportId } from "../core/session/protocol.ts";
import type { EnginePort } from "../host/engine-port.ts";
import type { Host } from "../host/host.ts";
import { CandidatePool } from "./candidate-pool.ts";
import { type Configuration, gathersOtherwise } from "./configuration.ts";
import { changeReadyState, type DataChannelSlots } from "./data-channel-slots.ts";
import { fireSimple, queueTask } from "./dispatch.ts";
import { handleEngineEvents } from "./engine-events.ts";
import { closeTransforms } from "./frame-transform.ts";
import { connectReceiver } from "./media-flow.ts";
import { OperationsChain } from "./operations-chain.ts";
import { certificateSlots, generateCertificate } from "./RTCCertificate.ts";
import { MAX_BUFFERED_AMOUNT } from "./RTCSctpTransport.ts";
import type { RTCSessionDescription } from "./RTCSessionDescription.ts";
import type { Realm } from "./realm.ts";
import { RemoteStreams } from "./remote-streams.ts";
import {
  deriveConnectionState,
  deriveIceConnectionState,
  deriveIceGatheringState,
  type RTCIceConnectionState,
  type RTCIceGatheringState,
  type RTCPeerConnectionState,
} from "./states.ts";
import { ConnectionStatistics } from "./stats/connection-statistics.ts";
import { StreamIds } from "./stream-ids.ts";
import { stopTransceiver } from "./transceiver.ts";
import type { TransceiverSlots } from "./transceiver-slots.ts";
import { localTransceiver } from "./transceivers.ts";
import type { SctpTransport, Transport, TransportComponent } from "./transports.ts";

/** `a=sctp-port` of our offers and answers (RFC 8841 §5.2). */
const SCTP_PORT = 5000;
/** `a=max-message-size` of our offers and answers, bytes: what libwebrtc announces. */
export const LOCAL_MAX_MESSAGE_SIZE = 262_144;

/** The four descriptions, as objects. */
export interface Descriptions {
  currentLocal: RTCSessionDescription | null;
  pendingLocal: RTCSessionDescription | null;
  currentRemote: RTCSessionDescription | null;
  pendingRemote: RTCSessionDescription | null;
}

export class Connection {
  /** The `RTCPeerConnection`. */
  readonly target: EventTarget;
  readonly host: Host;
  readonly operations: OperationsChain;
  /** [[DataChannels]] */
  readonly dataChannels = new Set<DataChannelSlots>();
  /** Every channel that is not closed yet, by the engine's name. Longer than [[DataChannels]] while closing. */
  readonly channels = new Map<ChannelId, DataChannelSlots>();
  readonly streamIds = new StreamIds();
  readonly descriptions: Descriptions = {
    currentLocal: null,
    pendingLocal: null,
    currentRemote: null,
    pendingRemote: null,
  };
  readonly transports = new Map<TransportId, Transport>();
  readonly statistics: ConnectionStatistics;
  readonly candidatePool = new CandidatePool(this);
  /** The certificate of all its transports, once it is made. */
  localCertificate: CertificateWithKey | undefined;
  /** The set of transceivers, in insertion order. */
  transceivers: readonly TransceiverSlots[] = [];
  readonly remoteStreams = new RemoteStreams();
  /** Promises of setParameters() that are not settled: no description is applied until they are. */
  parametersBeingSet = 0;
  /** RFC 7022 §4.2: of everything that this connection sends. */
  readonly cname: string = crypto.randomUUID();
  /** The SSRCs that this connection sends with. */
  readonly ssrcs = new Set<number>();
  /** The transports whose engine side has been told of audio or video. */
  readonly transportsWithMedia = new Set<TransportId>();
  configuration: Configuration;
  isClosed = false;
  negotiationNeeded = false;
  /** [[SctpTransport]] */
  sctp: SctpTransport | undefined;
  /** [[LastStableStateSctpTransport]] */
  lastStableSctp: SctpTransport | undefined;
  iceConnectionState: RTCIceConnectionState = "new";
  iceGatheringState: RTCIceGatheringState = "new";
  connectionState: RTCPeerConnectionState = "new";
  jsep: JsepState;
  /** An application has created a data channel here, now closed or not. */
  dataChannelCreated = false;
  localDescriptionSet = false;
  readonly #realm: Realm;
  readonly #certificates: Promise<readonly CertificateWithKey[]>;
  #fingerprints: readonly Fingerprint[] = [];
  #engine: EnginePort | undefined;
  #nextChannel: ChannelId = 1;
  #nextTransceiver: TransceiverId = 1;
  #defaultStreamId: string | undefined;

  constructor(target: EventTarget, realm: Realm, configuration: Configuration) {
    this.target = target;
    this.host = realm.host;
    this.#realm = realm;
    this.configuration = configuration;
    this.statistics = new ConnectionStatistics(this);
    this.jsep = initialJsepState(realm.host.crypto);
    this.operations = new OperationsChain(this, () => this.updateNegotiationNeeded());
    this.#certificates = this.#obtainCertificates();
    // Whoever needs them learns of the failure; before that it is nobody's.
    this.#certificates.catch(() => {});
    this.#fillPool(false);
  }

  async #obtainCertificates(): Promise<readonly CertificateWithKey[]> {
    const given = this.configuration.certificates.map(certificateSlots);
    // Constructor step 6: a default certificate, made in the background.
    const used = given.length > 0 ? given : [await generateCertificate(this.host, { type: "ecdsa-p256" })];
    this.#fingerprints = used.map((certificate) => certificate.fingerprint);
    return used;
  }

  /** Waits for the certificate, and opens the engine with it unless the connection is closed. */
  async prepare(): Promise<void> {
    const certificates = await this.#certificates;
    if (this.#engine || this.isClosed) return;
    this.localCertificate = certificates[0];
    this.statistics.engineOpened();
    const options = { certificates, ice: this.#realm.ice, supervised: true };
    this.#engine = this.#realm.openEngine(this.host, options, (events) => handleEngineEvents(this, events));
  }

  /** RFC 9429 §4.1.18: when what gathering depends on has changed, the next offer restarts ICE. */
  changeConfiguration(configuration: Configuration): void {
    const otherwise = gathersOtherwise(this.configuration, configuration);
    if (otherwise) this.jsep = requestIceRestart(this.jsep);
    this.configuration = configuration;
    this.#fillPool(otherwise);
  }

  /** A certificate that cannot be made is told where one is needed. */
  #fillPool(anew: boolean): void {
    void (anew ? this.candidatePool.renew() : this.candidatePool.resize()).catch(() => {});
  }

  /** Sends a command. There is an engine whenever there is something to command. */
  command(command: EngineCommand): void {
    this.#engine?.command(command);
  }

  /** What this end has to offer now. */
  capabilities(): LocalCapabilities {
    return {
      fingerprints: this.#fingerprints,
      dataChannels: this.dataChannelCreated,
      dataChannelsFirst: this.configuration.alwaysNegotiateDataChannels,
      maxMessageSize: LOCAL_MAX_MESSAGE_SIZE,
      sctpPort: SCTP_PORT,
      bundlePolicy: this.configuration.bundlePolicy,
      rtcpMuxPolicy: this.configuration.rtcpMuxPolicy,
      headerEncryptionPolicy: this.configuration.rtpHeaderEncryptionPolicy,
      iceLite: this.#realm.ice?.lite ?? false,
      random: this.host.crypto,
      transceivers: this.transceivers.map(localTransceiver),
      nextTransceiver: this.#nextTransceiver,
      cname: this.cname,
    };
  }

  /** Adds a transceiver with the name that the next one has, which `make` gets. */
  addTransceiver(make: (id: TransceiverId) => TransceiverSlots): TransceiverSlots {
    const transceiver = make(this.#nextTransceiver);
    this.#nextTransceiver = Math.max(this.#nextTransceiver, transceiver.id) + 1;
    this.transceivers = [...this.transceivers, transceiver];
    connectReceiver(transceiver.receiver);
    return transceiver;
  }

  /** Removes a transceiver from the set: it is no longer associated with any section. */
  removeTransceiver(transceiver: TransceiverSlots): void {
    transceiver.mid = null;
    this.transceivers = this.transceivers.filter((other) => other !== transceiver);
  }

  /** RFC 9429 §5.10: the stream of all tracks of a peer that signals no streams. */
  defaultStreamId(): string {
    this.#defaultStreamId ??= crypto.randomUUID();
    return this.#defaultStreamId;
  }

  /** Our DTLS role under the data channels, once negotiated: it decides about stream ids (RFC 8832 §6). */
  get dtlsRole(): "client" | "server" | undefined {
    return this.sctp?.transport.dtlsRole;
  }

  /** A name for a channel that this end opens: odd numbers. */
  nextChannelId(): ChannelId {
    const id = this.#nextChannel;
    this.#nextChannel += 2;
    return id;
  }

  /** §6.2: a channel is closed and leaves [[DataChannels]]. */
  forgetChannel(slots: DataChannelSlots): void {
    if (this.channels.has(slots.channel)) this.statistics.remember(slots);
    this.dataChannels.delete(slots);
    this.channels.delete(slots.channel);
    if (slots.id !== null) this.streamIds.release(slots.id);
  }

  /** [[MaxMessageSize]] and [[MaxBufferSize]] for send(). */
  sctpLimits(): { maxMessageSize: number; maxBufferSize: number } {
    const slots = this.sctp?.slots;
    return {
      maxMessageSize: slots?.maxMessageSize ?? MAX_BUFFERED_AMOUNT,
      maxBufferSize: slots?.maxBufferSize ?? MAX_BUFFERED_AMOUNT,
    };
  }

  /** §4.7.3 update the negotiation-needed flag */
  updateNegotiationNeeded(): void {
    // Step 1
    if (!this.operations.isEmpty) {
      this.operations.updateNegotiationNeededFlagOnEmptyChain = true;
      return;
    }
    // Step 2
    queueTask(this, () => {
      if (this.isClosed) return;
      if (!this.operations.isEmpty) {
        this.operations.updateNegotiationNeededFlagOnEmptyChain = true;
        return;
      }
      if (this.jsep.signalingState !== "stable") return;
      if (!isNegotiationNeeded(this.jsep, this.capabilities())) {
        this.negotiationNeeded = false;
        return;
      }
      if (this.negotiationNeeded) return;
      this.negotiationNeeded = true;
      fireSimple(this.target, "negotiationneeded");
    });
  }

  /** The component that an event of the engine is about. */
  componentOf(event: {
    readonly transport: TransportId;
    readonly component: IceComponent;
  }): TransportComponent | undefined {
    const transport = this.transports.get(event.transport);
    return event.component === 1 ? transport : transport?.rtcp;
  }

  /** The transports that the aggregated states are derived from (§4.3.2 to §4.3.4). */
  usedTransports(): TransportComponent[] {
    const used = new Set(this.transceivers.map(({ sender }) => sender.transport));
    return [...this.transports.values()]
      .filter((transport) => transport === this.sctp?.transport || used.has(transport.dtlsTransport))
      .flatMap(({ components }) => components);
  }

  /** Derives the ICE gathering state anew; true when it changed. The caller fires `icegatheringstatechange`. */
  updateIceGatheringState(): boolean {
    const state = deriveIceGatheringState(this.usedTransports());
    if (state === this.iceGatheringState) return false;
    this.iceGatheringState = state;
    return true;
  }

  /** §4.4.1.3 update the connection state; true when it changed. The caller fires `connectionstatechange`. */
  updateConnectionState(): boolean {
    const state = deriveConnectionState(this.iceConnectionState, this.usedTransports());
    if (state === this.connectionState) return false;
    this.connectionState = state;
    return true;
  }

  /** Derives the ICE connection state anew; true when it changed. The caller fires `iceconnectionstatechange`. */
  updateIceConnectionState(): boolean {
    const state = deriveIceConnectionState(this.usedTransports());
    if (state === this.iceConnectionState) return false;
    this.iceConnectionState = state;
    return true;
  }

  /** §4.4.2 "close the connection". */
  close(): void {
    // Step 1
    if (this.isClosed) return;
    // Steps 2 and 3
    this.isClosed = true;
    this.jsep = closeJsep(this.jsep);
    // Step 4
    for (const transceiver of this.transceivers) {
      if (!transceiver.stopped) stopTransceiver(transceiver);
      closeTransforms(transceiver.sender, transceiver.receiver);
    }
    // Step 5
    for (const slots of this.channels.values()) {
      changeReadyState(slots, "closed");
      this.statistics.remember(slots);
    }
    this.channels.clear();
    this.dataChannels.clear();
    // Step 6
    const { sctp } = this;
    if (sctp && sctp.slots.state !== "closed") {
      sctp.slots.state = "closed";
      // §6.1.2 "closed": the one state change that close() announces, in a task of its own.
      queueTask(this, () => fireSimple(sctp.target, "statechange"));
    }
    // Steps 7 to 9
    for (const transport of this.usedTransports()) transport.close();
    for (const transport of this.transports.values()) transport.close();
    this.command({ type: "close" });
    this.#engine = undefined;
    // Steps 10 and 11
    this.iceConnectionState = "closed";
    this.connectionState = "closed";
  }
}
