/** What all states of one handshake share: who we are, what was said so far, and how to say the next thing. */
import type { Random } from "../../base/random.ts";
import type { CertificateWithKey, Fingerprint } from "../../crypto/certificate-with-key.ts";
import type { CryptoProvider, KeyAgreementGroup, SigningKey } from "../../crypto/provider.ts";
import { Flight } from "../flight.ts";
import { FINISHED } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { type Epoch, RecordReader, type RecordWriter } from "../record/record-layer.ts";
import type { RecordProtection } from "../record/record-protection.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import { extendedMasterSecret, masterSecret, recordProtections, verifyData } from "./key-schedule.ts";
import type { Agreed } from "./step.ts";
import { Transcript } from "./transcript.ts";

export interface HandshakeOptions {
  readonly role: "client" | "server";
  readonly crypto: CryptoProvider;
  readonly random: Random;
  readonly certificate: CertificateWithKey;
  readonly fingerprints: readonly Fingerprint[];
  /** What we do, best first. */
  readonly cipherSuites: readonly CipherSuite[];
  readonly groups: readonly KeyAgreementGroup[];
  readonly srtpProfiles: readonly number[];
  readonly cookieExchange: boolean;
}

/** The peer's proof of identity, fingerprint already checked. */
export interface PeerCertificate {
  readonly subjectPublicKeyInfo: Uint8Array;
  readonly keyType: SigningKey["type"];
}

export class Handshake {
  readonly options: HandshakeOptions;
  readonly flight = new Flight();
  readonly transcript = new Transcript();
  readonly #writer: RecordWriter;
  #reader: RecordReader | undefined;
  #nextSequence = 0;
  #epoch: Epoch = 0;
  #remoteCertificates: readonly Uint8Array[] = [];

  constructor(options: HandshakeOptions, writer: RecordWriter) {
    this.options = options;
    this.#writer = writer;
  }

  get crypto(): CryptoProvider {
    return this.options.crypto;
  }

  /** The peer's chain as it was received: DER, leaf first. */
  get remoteCertificates(): readonly Uint8Array[] {
    return this.#remoteCertificates;
  }

  set remoteCertificates(certificates: readonly Uint8Array[]) {
    this.#remoteCertificates = certificates;
  }

  /** Epoch 1 of the peer, once its keys are known. */
  get reader(): RecordReader | undefined {
    return this.#reader;
  }

  /** The epoch that we send in. */
  get epoch(): Epoch {
    return this.#epoch;
  }

  /** Adds a received message to the transcript. */
  heard(message: HandshakeMessage): void {
    this.transcript.add(message.type, message.messageSequence, message.body);
  }

  /** Adds a message to the flight and to the transcript. */
  send(type: number, body: Uint8Array): void {
    this.transcript.add(type, this.#nextSequence, body);
    this.sendUnrecorded(type, body);
  }

  /** Adds a message to the flight only: HelloVerifyRequest is no part of the transcript (RFC 6347 §4.2.1). */
  sendUnrecorded(type: number, body: Uint8Array): void {
    this.flight.addMessage(this.#epoch, type, this.#nextSequence++, body);
  }

  /** ChangeCipherSpec, then Finished under the new keys (RFC 5246 §7.4.9). */
  sendFinished(agreed: Agreed, secret: Uint8Array): void {
    this.flight.addChangeCipherSpec();
    this.#epoch = 1;
    this.send(FINISHED, this.verifyDataOf(this.options.role, agreed, secret));
  }

  /** What the Finished of one side must hold now. */
  verifyDataOf(sender: "client" | "server", agreed: Agreed, secret: Uint8Array): Uint8Array {
    const transcriptHash = this.transcript.hash(this.crypto, agreed.suite.hash);
    return verifyData(this.crypto, agreed.suite, secret, sender, transcriptHash);
  }

  /** Computes the master secret and installs the keys of epoch 1. The transcript ends with ClientKeyExchange. */
  deriveKeys(agreed: Agreed, preMasterSecret: Uint8Array): Uint8Array {
    const { crypto } = this;
    const { suite, randoms } = agreed;
    const secret = agreed.extendedMasterSecret
      ? extendedMasterSecret(crypto, suite, preMasterSecret, this.transcript.hash(crypto, suite.hash))
      : masterSecret(crypto, suite, preMasterSecret, randoms);
    const { client, server } = recordProtections(crypto, suite, secret, randoms);
    const weAreClient = this.options.role === "client";
    this.#install(weAreClient ? server : client, weAreClient ? client : server);
    return secret;
  }

  #install(read: RecordProtection, write: RecordProtection): void {
    this.#reader = new RecordReader(read);
    this.#writer.protect(write);
  }
}
