import { assert } from "../base/assert.ts";
import { parseIpAddress } from "../base/ip-address.ts";
import type { CandidateLine, MediaSection } from "./description.ts";
import { credentialsOf, sameCredentials, sameFingerprints } from "./offered.ts";
import type { Agreement, IceCredentials, JsepTransport, Slot } from "./state.ts";
import type { Effect, NegotiatedSctp, TransportId } from "./types.ts";

/** Remote candidates passed on per generation; what is beyond stays in the description only. */
export const MAX_REMOTE_CANDIDATES = 100;

/** An agreement being worked out: every change to a transport is noted together with its effect. Lives within one call. */
export class AgreementDraft {
  readonly effects: Effect[] = [];
  slots: readonly Slot[];
  sctp: NegotiatedSctp | undefined;
  sctpTransport: TransportId | undefined;
  readonly #transports: Map<TransportId, JsepTransport>;
  #nextTransport: TransportId;

  constructor(base: Agreement, nextTransport: TransportId) {
    this.slots = base.slots;
    this.sctp = base.sctp;
    this.sctpTransport = base.sctpTransport;
    this.#transports = new Map(base.transports);
    this.#nextTransport = nextTransport;
  }

  get nextTransport(): TransportId {
    return this.#nextTransport;
  }

  /** A transport that a slot names. */
  transport(id: TransportId): JsepTransport {
    const transport = this.#transports.get(id);
    assert(transport !== undefined, "a slot names a transport that exists");
    return transport;
  }

  createTransport(local: IceCredentials, tlsId: string, controlling: boolean, rtcp = false): TransportId {
    const id = this.#nextTransport++;
    this.#transports.set(id, {
      id,
      local,
      gathering: false,
      controlling,
      remote: undefined,
      remoteCandidates: new Set(),
      remoteEnded: false,
      tlsId,
      dtls: undefined,
      rtcp,
    });
    const component = rtcp ? { rtcp } : {};
    this.effects.push({ type: "create-transport", transport: id, ...local, controlling, ...component });
    return id;
  }

  /** The local description has these credentials: gathers for them, after a restart if they are new (RFC 9429 §5.9). */
  useLocalCredentials(id: TransportId, local: IceCredentials): void {
    const transport = this.transport(id);
    const same = sameCredentials(transport.local, local);
    if (same && transport.gathering) return;
    if (!same) this.effects.push({ type: "restart-ice", transport: id, ...local });
    this.effects.push({ type: "gather", transport: id });
    this.#transports.set(id, { ...transport, local, gathering: true });
  }

  /** Back to the credentials of before an offered restart. Their gathering goes on. */
  restoreLocalCredentials(id: TransportId, local: IceCredentials): void {
    this.effects.push({ type: "cancel-ice-restart", transport: id, ...local });
    this.#transports.set(id, { ...this.transport(id), local, gathering: true });
  }

  /** RFC 9429 §5.11: RTCP shares the RTP component from now on; the other one is discarded. */
  useRtcpMux(id: TransportId): void {
    const transport = this.transport(id);
    if (!transport.rtcp) return;
    this.effects.push({ type: "use-rtcp-mux", transport: id });
    this.#transports.set(id, { ...transport, rtcp: false });
  }

  useIceRole(id: TransportId, controlling: boolean): void {
    const transport = this.transport(id);
    if (transport.controlling === controlling) return;
    this.effects.push({ type: "set-ice-role", transport: id, controlling });
    this.#transports.set(id, { ...transport, controlling });
  }

  /** The peer's credentials from `remote`: told when they are others than before; its candidates with them (RFC 9429 §5.10). */
  useRemoteParameters(id: TransportId, remote: MediaSection): void {
    const transport = this.transport(id);
    const credentials = credentialsOf(remote);
    assert(credentials !== undefined, "a verified section has ICE credentials");
    const { lite } = remote;
    if (!sameCredentials(credentials, transport.remote) || transport.remote?.lite !== lite) {
      this.effects.push({ type: "set-remote-ice-parameters", transport: id, ...credentials, lite });
      const fresh = !sameCredentials(credentials, transport.remote);
      this.#transports.set(id, {
        ...transport,
        remote: { ...credentials, lite },
        remoteCandidates: fresh ? new Set() : transport.remoteCandidates,
        remoteEnded: fresh ? false : transport.remoteEnded,
      });
    }
    this.addRemoteCandidates(id, remote.candidates, remote.endOfCandidates);
  }

  /** Candidates of the peer's generation in use. Each is told once. */
  addRemoteCandidates(id: TransportId, candidates: readonly CandidateLine[], ended: boolean): void {
    const transport = this.transport(id);
    const remoteCandidates = new Set(transport.remoteCandidates);
    for (const { text, candidate } of candidates) {
      if (candidate === undefined || !isUsable(candidate.address, candidate.port)) continue;
      // RFC 5761 §5.1.3: an offer that may be multiplexed has candidates for RTCP, which nobody needs once it is.
      if (candidate.component > (transport.rtcp ? 2 : 1)) continue;
      if (remoteCandidates.has(text) || remoteCandidates.size >= MAX_REMOTE_CANDIDATES) continue;
      remoteCandidates.add(text);
      this.effects.push({ type: "add-remote-candidate", transport: id, candidate });
    }
    if (ended && !transport.remoteEnded)
      this.effects.push({ type: "end-of-remote-candidates", transport: id });
    this.#transports.set(id, {
      ...transport,
      remoteCandidates,
      remoteEnded: transport.remoteEnded || ended,
    });
  }

  /** A new association takes the SCTP association along (RFC 8841 §10). */
  useDtls(id: TransportId, role: "client" | "server", local: MediaSection, remote: MediaSection): void {
    const transport = this.transport(id);
    const known = transport.dtls;
    const { fingerprints } = remote;
    // One that comes or goes is no reason for another association.
    const tlsId = remote.tlsId ?? known?.tlsId;
    const alike = known?.role === role && sameFingerprints(known.fingerprints, fingerprints);
    const anew = alike && known.tlsId !== undefined && known.tlsId !== tlsId;
    const dtls = { role, fingerprints, tlsId };
    this.#transports.set(id, { ...transport, tlsId: local.tlsId ?? transport.tlsId, dtls });
    if (alike && !anew) return;
    this.effects.push({ type: "start-dtls", transport: id, role, fingerprints, ...(anew ? { anew } : {}) });
    if (known !== undefined && this.sctp?.transport === id) this.sctp = undefined;
  }

  useSctp(sctp: NegotiatedSctp): void {
    const known = this.sctp;
    this.sctp = sctp;
    this.sctpTransport = sctp.transport;
    const { transport, localPort, remotePort, localMaxMessageSize, remoteMaxMessageSize } = sctp;
    const same =
      known?.transport === transport &&
      known.localPort === localPort &&
      known.remotePort === remotePort &&
      known.localMaxMessageSize === localMaxMessageSize &&
      known.remoteMaxMessageSize === remoteMaxMessageSize;
    if (same) return;
    this.effects.push({
      type: "start-sctp",
      transport,
      localPort,
      remotePort,
      remoteMaxMessageSize,
      localMaxMessageSize,
    });
  }

  /** The data section is rejected. */
  endSctp(): void {
    if (this.sctp !== undefined) this.effects.push({ type: "stop-sctp", transport: this.sctp.transport });
    this.sctp = undefined;
    this.sctpTransport = undefined;
  }

  /** Removes the transports that neither the slots here nor those in `alsoNeeded` name. */
  removeUnusedTransports(alsoNeeded: readonly Slot[]): void {
    const used = new Set([...this.slots, ...alsoNeeded].map((slot) => slot.transport));
    for (const id of [...this.#transports.keys()]) {
      if (used.has(id)) continue;
      this.effects.push({ type: "remove-transport", transport: id });
      this.#transports.delete(id);
    }
  }

  agreement(): Agreement {
    const { slots, sctp, sctpTransport } = this;
    return { slots, transports: this.#transports, sctp, sctpTransport };
  }
}

/** An IP address or an mDNS name (never another name: nobody makes us resolve a stranger's), and a real port. */
function isUsable(address: string, port: number): boolean {
  return port > 0 && (parseIpAddress(address) !== undefined || address.endsWith(".local"));
}
