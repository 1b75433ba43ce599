/** One end of a DTLS 1.2 connection (RFC 6347): composes records, handshake messages, flights and timers. */
import { assert } from "../base/assert.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { Fifo } from "../base/fifo.ts";
import type { Duration, Instant } from "../base/instant.ts";
import type { Log } from "../base/log.ts";
import type { InnerMachine } from "../base/machine.ts";
import { Malformed } from "../base/malformed.ts";
import type { Random } from "../base/random.ts";
import { TimerTable } from "../base/timer-table.ts";
import type { CertificateWithKey, Fingerprint } from "../crypto/certificate-with-key.ts";
import type { CryptoProvider, KeyAgreementGroup } from "../crypto/provider.ts";
import { DEFAULT_MTU, HANDSHAKE_DEADLINE, MINIMUM_MTU, UNAUTHENTICATED_ALERT_GRACE } from "./limits.ts";
import {
  ALERT_FATAL,
  ALERT_WARNING,
  alertName,
  CLOSE_NOTIFY,
  decodeAlert,
  encodeAlert,
} from "./message/alert.ts";
import { readHandshakeFragment } from "./message/handshake-header.ts";
import { FINISHED, isSentBy } from "./message/handshake-type.ts";
import { HandshakeReassembler } from "./message/reassembly.ts";
import { ALL_GROUPS } from "./message/supported-groups.ts";
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, DTLS_1_2, HANDSHAKE } from "./record/content-type.ts";
import { EarlyRecords } from "./record/early-records.ts";
import { RECORD_HEADER_LENGTH, type RecordHeader, readRecordHeader } from "./record/record-header.ts";
import { type Epoch, RecordWriter } from "./record/record-layer.ts";
import { Retransmission } from "./retransmission.ts";
import { type DtlsStatistics, newStatistics } from "./statistics.ts";
import { CIPHER_SUITES } from "./v12/cipher-suites.ts";
import { startClient } from "./v12/client-start.ts";
import { ExpectClientHello } from "./v12/expect-client-hello.ts";
import { Handshake } from "./v12/handshake.ts";
import { exportedKeyingMaterial } from "./v12/key-schedule.ts";
import type { Refusal, Session, Step } from "./v12/step.ts";

/** webrtc-pc §5.5 */
export type DtlsState = "new" | "connecting" | "connected" | "closed" | "failed";

/** Why a connection failed, in the terms of `RTCError` (webrtc-pc §11.4). */
export interface DtlsError {
  readonly detail: "dtls-failure" | "fingerprint-failure";
  /** For people. */
  readonly message: string;
  /** Alert descriptions (RFC 5246 §7.2). */
  readonly receivedAlert?: number;
  readonly sentAlert?: number;
}

/** A state was entered; `error` says why it is "failed", or why an alert closed it. */
export type DtlsEvent = { readonly type: "state"; readonly state: DtlsState; readonly error?: DtlsError };

/** How one end is set up; nothing of it changes later. */
export interface DtlsEndpointOptions {
  readonly role: "client" | "server";
  readonly crypto: CryptoProvider;
  readonly random: Random;
  readonly log: Log;
  readonly certificate: CertificateWithKey;
  /** At least one must be the peer's certificate's. */
  readonly fingerprints: readonly Fingerprint[];
  /** Octets of a handshake datagram, 548 or more; 1200 without it. */
  readonly mtu?: number;
  /** use_srtp profiles (RFC 5764), best first; none without it. */
  readonly srtpProfiles?: readonly number[];
  /** Server: make the client prove its address with a cookie first. Not needed where ICE has done so. */
  readonly cookieExchange?: boolean;
  /** IANA codes of the cipher suites to use, best first; all without it. */
  readonly cipherSuites?: readonly number[];
  /** Groups to use, best first; all without it. */
  readonly groups?: readonly KeyAgreementGroup[];
  /** Where record numbers start: for tests of their end. */
  readonly firstRecordSequence?: number;
}

const RETRANSMISSION = 0;
const DEADLINE = 1;
const ALERT_GRACE = 2;

/** One end of a connection. `start` it, feed it datagrams and the time, send and receive application data once connected. */
export class DtlsEndpoint implements InnerMachine<DtlsEvent> {
  readonly statistics: DtlsStatistics = newStatistics();
  readonly #log: Log;
  readonly #mtu: number;
  readonly #writer: RecordWriter;
  readonly #handshake: Handshake;
  readonly #reassembler = new HandshakeReassembler();
  /** Records of epoch 1 that came before its keys; counted as received when they are read. */
  readonly #early = new EarlyRecords();
  /** Plaintexts of a peer that is not proved yet. */
  readonly #held = new EarlyRecords();
  readonly #retransmission = new Retransmission();
  readonly #timers = new TimerTable(["retransmission", "deadline", "alert-grace"]);
  readonly #events = new Fifo<DtlsEvent>();
  readonly #header: RecordHeader = { type: 0, version: 0, epoch: 0, sequence: 0, length: 0 };
  #state: DtlsState = "new";
  #step: Step | undefined;
  #session: Session | undefined;
  #alert: { readonly epoch: Epoch; readonly bytes: Uint8Array } | undefined;
  /** What an unauthenticated alert said; it counts if nothing better follows. */
  #notedAlert: number | undefined;
  #applicationData: Uint8Array[] = [];
  #applicationDataRead = 0;

  constructor(options: DtlsEndpointOptions) {
    this.#log = options.log;
    this.#mtu = Math.max(options.mtu ?? DEFAULT_MTU, MINIMUM_MTU);
    this.#writer = new RecordWriter(this.statistics, options.firstRecordSequence);
    const allowed = options.cipherSuites;
    const cipherSuites =
      allowed === undefined
        ? CIPHER_SUITES
        : allowed.flatMap((code) => CIPHER_SUITES.find((suite) => suite.code === code) ?? []);
    const handshakeOptions = {
      role: options.role,
      crypto: options.crypto,
      random: options.random,
      certificate: options.certificate,
      fingerprints: options.fingerprints,
      cipherSuites,
      groups: options.groups ?? ALL_GROUPS,
      srtpProfiles: options.srtpProfiles ?? [],
      cookieExchange: options.cookieExchange ?? false,
    };
    this.#handshake = new Handshake(handshakeOptions, this.#writer);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** The peer's chain, DER, leaf first. Empty before its fingerprint has been checked. */
  get remoteCertificates(): readonly Uint8Array[] {
    return this.#handshake.remoteCertificates;
  }

  /** The IANA name, once connected. */
  get cipherSuite(): string | undefined {
    return this.#session?.suite.name;
  }

  /** 0xfefd (DTLS 1.2), once connected. */
  get version(): number | undefined {
    return this.#session === undefined ? undefined : DTLS_1_2;
  }

  get group(): KeyAgreementGroup | undefined {
    return this.#session?.group;
  }

  /** The negotiated use_srtp profile. */
  get srtpProfile(): number | undefined {
    return this.#session?.srtpProfile;
  }

  /** Plaintext octets that the peer takes in one record (RFC 8449); undefined when it has not said. */
  get peerRecordSizeLimit(): number | undefined {
    return this.#session?.peerRecordSizeLimit;
  }

  /** Octets that a record of application data adds, under the negotiated keys. */
  get recordOverhead(): number {
    return this.#writer.overhead(1);
  }

  /** Client: ClientHello goes out. Server: waits for one. */
  start(now: Instant): void {
    if (this.#state !== "new") return;
    this.#setState("connecting");
    this.#timers.start(DEADLINE, now, HANDSHAKE_DEADLINE);
    if (this.#handshake.options.role === "client") {
      this.#step = startClient(this.#handshake);
      this.#flightBegun(now);
    } else this.#step = new ExpectClientHello(this.#handshake);
  }

  /** The path's round-trip time, for the retransmission timer. */
  setRtt(rtt: Duration | undefined): void {
    this.#retransmission.setRtt(rtt);
  }

  handleDatagram(now: Instant, datagram: Uint8Array): void {
    this.#applicationData.length = 0;
    this.#applicationDataRead = 0;
    if (this.#step === undefined || this.#isOver) {
      this.statistics.droppedIdle++;
      return;
    }
    this.#handleRecords(now, datagram);
    if (this.#early.length > 0 && this.#handshake.reader !== undefined) {
      for (const record of this.#early.take()) this.#handleRecords(now, record);
    }
  }

  /** Plaintexts of the last datagram, one after the other; undefined after the last. Views that end with the next datagram. */
  readApplicationData(): Uint8Array | undefined {
    return this.#applicationData[this.#applicationDataRead++];
  }

  /**
   * Writes one record with `plaintext` into `out` and returns its length; 0 when not connected or `out` is too small.
   * `plaintext` may lie inside `out`, where the ciphertext will be.
   */
  writeApplicationData(plaintext: Uint8Array, out: Uint8Array): number {
    if (this.#state !== "connected") return 0;
    const written = this.#writer.write(APPLICATION_DATA, 1, plaintext, out);
    if (written === 0 && this.#writer.isExhausted(1)) {
      // RFC 6347 §4.1: numbers must not wrap, and there is no renegotiation to begin anew.
      this.#fail({ detail: "dtls-failure", message: "record sequence numbers are used up" });
    }
    return written;
  }

  handleTimeout(now: Instant): void {
    if (this.#timers.expire(DEADLINE, now)) {
      this.#fail(this.#noted("the handshake did not end in time"));
      return;
    }
    if (this.#timers.expire(ALERT_GRACE, now)) {
      this.#fail(this.#noted("the peer refused the handshake"));
      return;
    }
    if (this.#timers.expire(RETRANSMISSION, now)) {
      this.statistics.timeouts++;
      this.#retransmission.timedOut();
      this.#handshake.flight.rewind();
      this.#timers.start(RETRANSMISSION, now, this.#retransmission.timeout);
    }
  }

  pollTransmit(now: Instant, out: Uint8Array): number {
    const { flight } = this.#handshake;
    if (!flight.isSent) {
      const mtu = this.#retransmission.suspectsMtu ? MINIMUM_MTU : this.#mtu;
      const written = flight.write(this.#writer, out.subarray(0, mtu));
      this.#retransmission.sent(now);
      if (written > 0) return written;
    }
    if (this.#alert === undefined) return 0;
    const { epoch, bytes } = this.#alert;
    this.#alert = undefined;
    return this.#writer.write(ALERT, epoch, bytes, out);
  }

  pollEvent(): DtlsEvent | undefined {
    return this.#events.shift();
  }

  nextTimeout(): Instant {
    return this.#timers.next();
  }

  /** Keying material for others, SRTP for one (RFC 5705, RFC 5764 §4.2). Only while connected or after. */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    const session = this.#session;
    assert(session !== undefined, "keying material is exported after the handshake");
    const { suite, masterSecret, randoms } = session;
    const { crypto } = this.#handshake;
    return exportedKeyingMaterial(crypto, suite, masterSecret, randoms, label, context, length);
  }

  /** Says goodbye with close_notify (RFC 5246 §7.2.1) and takes nothing more. Idempotent. */
  close(_now: Instant): void {
    if (this.#isOver) return;
    if (this.#state !== "new") this.#sendAlert(ALERT_WARNING, CLOSE_NOTIFY);
    this.#end("closed");
  }

  get #isOver(): boolean {
    return this.#state === "closed" || this.#state === "failed";
  }

  // ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleRecords(now: Instant, datagram: Uint8Array): void {
    const header = this.#header;
    for (let at = 0; at < datagram.length && !this.#isOver; ) {
      if (readRecordHeader(datagram, at, header) !== undefined) {
        this.statistics.droppedMalformed++;
        return;
      }
      const end = at + RECORD_HEADER_LENGTH + header.length;
      if (header.epoch === 1) this.#handleProtected(now, datagram, at, end);
      else if (header.epoch === 0)
        this.#handlePlaintext(now, datagram.subarray(at + RECORD_HEADER_LENGTH, end));
      else this.statistics.droppedEpoch++;
      at = end;
    }
  }

  #handleProtected(now: Instant, datagram: Uint8Array, at: number, end: number): void {
    const { type, version, sequence } = this.#header;
    const { reader } = this.#handshake;
    if (reader === undefined) {
      if (!this.#early.keep(datagram.subarray(at, end))) this.statistics.droppedEarly++;
      return;
    }
    this.statistics.recordsReceived++;
    if (version !== DTLS_1_2) {
      this.statistics.droppedMalformed++;
      return;
    }
    if (!reader.isFresh(sequence)) {
      this.statistics.droppedReplayed++;
      return;
    }
    const plaintext = reader.open(type, sequence, datagram.subarray(at + RECORD_HEADER_LENGTH, end));
    if (plaintext === undefined) {
      this.statistics.droppedUnauthentic++;
      return;
    }
    if (type === APPLICATION_DATA) this.#handleApplicationData(now, plaintext);
    else if (type === HANDSHAKE) this.#handleFragments(now, 1, plaintext);
    else if (type === ALERT) this.#handleAuthenticAlert(plaintext);
    else this.statistics.droppedMalformed++;
  }

  #handleApplicationData(now: Instant, plaintext: Uint8Array): void {
    const { flight } = this.#handshake;
    if (this.#state === "connected") {
      // A peer with data to send has our last flight: from here on nothing can ask for it again.
      if (!flight.isEmpty && flight.isSent) flight.clear();
      if (plaintext.length > 0) this.#applicationData.push(plaintext);
      return;
    }
    // The keys fit, but nothing reaches the application before the peer is proved. That it sends data already means that
    // it is done and its last flight was lost: ask again at once instead of waiting for the timer.
    if (plaintext.length > 0 && !this.#held.keep(plaintext)) this.statistics.droppedEarly++;
    this.#retransmission.progress();
    this.#repeatFlight(now);
  }

  /** Epoch 0: anybody can have written it. It carries the handshake and, as a hint, alerts; nothing once connected. */
  #handlePlaintext(now: Instant, fragment: Uint8Array): void {
    const { type } = this.#header;
    this.statistics.recordsReceived++;
    if (this.#state !== "connecting" || type === APPLICATION_DATA) this.statistics.droppedPlaintext++;
    else if (type === HANDSHAKE) this.#handleFragments(now, 0, fragment);
    else if (type === ALERT) this.#noteAlert(now, fragment);
    // ChangeCipherSpec says nothing that the epoch of the next record does not say (RFC 6347 §4.1).
    else if (type !== CHANGE_CIPHER_SPEC || fragment.length !== 1) this.statistics.droppedMalformed++;
  }

  // ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleAuthenticAlert(bytes: Uint8Array): void {
    const alert = decodeAlert(bytes);
    if (alert instanceof Malformed) {
      this.statistics.droppedMalformed++;
      return;
    }
    if (alert.description === CLOSE_NOTIFY) {
      this.#sendAlert(ALERT_WARNING, CLOSE_NOTIFY);
      this.#end("closed");
    } else if (alert.level === ALERT_FATAL) {
      const message = `the peer sent ${alertName(alert.description)}`;
      this.#end("failed", { detail: "dtls-failure", message, receivedAlert: alert.description });
    }
  }

  /** A plaintext alert proves nothing. It ends the handshake only if that stands still from here on. */
  #noteAlert(now: Instant, bytes: Uint8Array): void {
    const alert = decodeAlert(bytes);
    if (alert instanceof Malformed) {
      this.statistics.droppedMalformed++;
      return;
    }
    this.statistics.unauthenticAlerts++;
    // Before the first hello there is no handshake that the alert could be about.
    if (this.#step?.kind !== "expecting" || this.#step.survivesRefusal) return;
    if (alert.level !== ALERT_FATAL && alert.description !== CLOSE_NOTIFY) return;
    this.#notedAlert = alert.description;
    if (!this.#timers.isArmed(ALERT_GRACE)) this.#timers.start(ALERT_GRACE, now, UNAUTHENTICATED_ALERT_GRACE);
  }

  #noted(message: string): DtlsError {
    const error: DtlsError = { detail: "dtls-failure", message };
    return this.#notedAlert === undefined ? error : { ...error, receivedAlert: this.#notedAlert };
  }

  #sendAlert(level: number, description: number): void {
    this.#alert = { epoch: this.#handshake.epoch, bytes: encodeAlert({ level, description }) };
  }

  // ── handshake ────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleFragments(now: Instant, epoch: Epoch, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const peerRole = this.#handshake.options.role === "client" ? "server" : "client";
    let repeated = false;
    if (bytes.length === 0) this.statistics.droppedMalformed++;
    while (reader.remaining > 0) {
      const fragment = readHandshakeFragment(reader);
      if (fragment instanceof Malformed) {
        this.statistics.droppedMalformed++;
        continue;
      }
      // Finished is the one message under the new keys: no other may come so late, nor Finished in the clear.
      const belongs = (fragment.type === FINISHED) === (epoch === 1) && isSentBy(peerRole, fragment.type);
      const awaited =
        this.#state === "connecting" || fragment.messageSequence < this.#reassembler.nextSequence;
      const fate = belongs && awaited ? this.#reassembler.add(epoch, fragment) : "dropped";
      if (fate === "old") repeated = true;
      else if (fate === "dropped") this.statistics.droppedFragments++;
    }
    this.#advance(now);
    if (repeated) this.#repeatFlight(now);
  }

  #advance(now: Instant): void {
    const { flight } = this.#handshake;
    for (;;) {
      const step = this.#step;
      if (step?.kind !== "expecting") return;
      const message = this.#reassembler.take();
      if (message === undefined) return;
      const before = flight.number;
      const next = step.handle(message, this.#handshake);
      if (next.kind === "refusal") {
        this.#refused(next, step.survivesRefusal);
        return;
      }
      this.#step = next;
      this.#retransmission.progress();
      this.#timers.stop(ALERT_GRACE);
      this.#notedAlert = undefined;
      if (flight.number !== before) this.#flightBegun(now);
      else if (flight.awaitsReply) this.#timers.start(RETRANSMISSION, now, this.#retransmission.timeout);
      if (next.kind === "established") this.#established(next.session);
    }
  }

  #flightBegun(now: Instant): void {
    if (!this.#handshake.flight.awaitsReply) this.#timers.stop(RETRANSMISSION);
    else this.#timers.start(RETRANSMISSION, now, this.#retransmission.timeout);
  }

  /** The peer repeats what it had said: our answer was lost (RFC 6347 §4.2.4). */
  #repeatFlight(now: Instant): void {
    const { flight } = this.#handshake;
    if (flight.isEmpty || !flight.isSent || !this.#retransmission.mayRepeat(now)) return;
    this.statistics.repeats++;
    flight.rewind();
    if (flight.awaitsReply) this.#timers.start(RETRANSMISSION, now, this.#retransmission.timeout);
  }

  #established(session: Session): void {
    this.#session = session;
    this.#handshake.transcript.clear();
    this.#reassembler.clear();
    this.#timers.stopAll();
    this.#retransmission.connected();
    for (const plaintext of this.#held.take()) this.#applicationData.push(plaintext);
    this.#setState("connected");
  }

  #refused(refusal: Refusal, survives: boolean): void {
    if (this.#log.enabled) this.#log.event("dtls.refused", { reason: refusal.message });
    if (survives) {
      this.statistics.hellosRefused++;
      this.#reassembler.takeBack();
      this.#sendAlert(ALERT_FATAL, refusal.alert);
      return;
    }
    this.#sendAlert(ALERT_FATAL, refusal.alert);
    this.#fail({ detail: refusal.detail, message: refusal.message, sentAlert: refusal.alert });
  }

  // ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #fail(error: DtlsError): void {
    this.#handshake.flight.clear();
    this.#end("failed", error);
  }

  #end(state: "closed" | "failed", error?: DtlsError): void {
    this.#timers.stopAll();
    this.#early.take();
    this.#held.take();
    this.#reassembler.clear();
    this.#setState(state, error);
  }

  #setState(state: DtlsState, error?: DtlsError): void {
    this.#state = state;
    if (this.#log.enabled) this.#log.event("dtls.state", { state, reason: error?.message });
    this.#events.push(error === undefined ? { type: "state", state } : { type: "state", state, error });
  }
}
