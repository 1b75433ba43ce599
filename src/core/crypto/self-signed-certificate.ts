/** Making the certificate that a connection identifies itself with (webrtc-pc §4.9, RFC 8827 §6.5): X.509 v3, no extensions. */
import { type Random, randomBytes } from "../base/random.ts";
import { formatAsn1Time } from "./asn1-time.ts";
import { DER_NULL, DER_SEQUENCE, DER_SET, derContext } from "./der-reader.ts";
import {
  derBitString,
  derObjectIdentifier,
  derTime,
  derUnsignedInteger,
  derUtf8String,
  derValue,
} from "./der-writer.ts";
import {
  OID_COMMON_NAME,
  OID_ECDSA_WITH_SHA256,
  OID_ECDSA_WITH_SHA384,
  OID_ED25519,
  OID_SHA256_WITH_RSA,
} from "./object-identifiers.ts";
import type { SignatureScheme, SigningKey } from "./provider.ts";

/** Octets of the serial number: 63 random bits keep it positive and unique (RFC 5280 §4.1.2.2). */
const SERIAL_NUMBER_LENGTH = 8;

const SIGNATURES: Readonly<Record<SigningKey["type"], { scheme: SignatureScheme; algorithm: Uint8Array }>> = {
  "ecdsa-p256": {
    scheme: "ecdsa_secp256r1_sha256",
    algorithm: derValue(DER_SEQUENCE, derObjectIdentifier(OID_ECDSA_WITH_SHA256)),
  },
  "ecdsa-p384": {
    scheme: "ecdsa_secp384r1_sha384",
    algorithm: derValue(DER_SEQUENCE, derObjectIdentifier(OID_ECDSA_WITH_SHA384)),
  },
  rsa: {
    scheme: "rsa_pkcs1_sha256",
    // RFC 4055 §5: the parameters are NULL.
    algorithm: derValue(DER_SEQUENCE, derObjectIdentifier(OID_SHA256_WITH_RSA), derValue(DER_NULL)),
  },
  ed25519: { scheme: "ed25519", algorithm: derValue(DER_SEQUENCE, derObjectIdentifier(OID_ED25519)) },
};

/** What a self-signed certificate says. */
export interface SelfSignedCertificateOptions {
  readonly key: SigningKey;
  /** For the serial number. */
  readonly random: Random;
  /** Milliseconds since 1970; seconds count. Years 0 to 9999. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Subject and issuer. Without it "WebRTC", as browsers do: it tells nothing about anybody. */
  readonly commonName?: string;
}

/** Builds and signs a certificate; returns its DER. */
export function buildSelfSignedCertificate(options: SelfSignedCertificateOptions): Uint8Array {
  const { scheme, algorithm } = SIGNATURES[options.key.type];
  const serialNumber = randomBytes(options.random, SERIAL_NUMBER_LENGTH);
  serialNumber[0] = (serialNumber[0]! & 0x7f) | 0x40;
  const attribute = derValue(
    DER_SEQUENCE,
    derObjectIdentifier(OID_COMMON_NAME),
    derUtf8String(options.commonName ?? "WebRTC"),
  );
  const name = derValue(DER_SEQUENCE, derValue(DER_SET, attribute));
  const validity = derValue(
    DER_SEQUENCE,
    derTime(formatAsn1Time(options.notBefore)),
    derTime(formatAsn1Time(options.notAfter)),
  );
  const version3 = derValue(derContext(0), derUnsignedInteger(new Uint8Array([2])));
  const tbsCertificate = derValue(
    DER_SEQUENCE,
    version3,
    derUnsignedInteger(serialNumber),
    algorithm,
    name,
    validity,
    name,
    options.key.subjectPublicKeyInfo,
  );
  const signature = options.key.sign(scheme, tbsCertificate);
  return derValue(DER_SEQUENCE, tbsCertificate, algorithm, derBitString(signature));
}
