/**
 * The argument of `RTCPeerConnection.generateCertificate` (webrtc-pc §4.9.1): a WebCrypto AlgorithmIdentifier, normalised
 * for the two algorithms that WebRTC certificates have, and the lifetime that may ride in it.
 */
import type { SigningKeyParameters } from "../core/crypto/provider.ts";
import { domString, enforcedUnsignedLongLong, isObject, unsignedLong } from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";

/** webrtc-pc §4.9.1 */
export interface RTCCertificateExpiration {
  /** Milliseconds from now. */
  expires?: number;
}

/** WebCrypto's AlgorithmIdentifier as far as it is of use here. */
export type KeygenAlgorithm =
  | string
  | ({
      name: string;
      namedCurve?: string;
      modulusLength?: number;
      publicExponent?: Uint8Array;
      hash?: string | { name: string };
    } & RTCCertificateExpiration);

/** RSA keys shorter than this one are refused by many peers; longer ones take too long to make. */
export const RSA_MODULUS_LENGTHS: { readonly min: number; readonly max: number } = { min: 1024, max: 4096 };

/** What to generate. */
export interface KeygenRequest {
  readonly parameters: SigningKeyParameters;
  /** Milliseconds; undefined: the default. */
  readonly lifetime: number | undefined;
}

const convertExpiration = dictionary("RTCCertificateExpiration", {
  expires: optional(enforcedUnsignedLongLong),
});
const convertAlgorithm = dictionary("Algorithm", { name: required(domString) });
const convertEcKeyGenParams = dictionary("EcKeyGenParams", { namedCurve: required(domString) });
const convertRsaKeyGenParams = dictionary("RsaHashedKeyGenParams", {
  modulusLength: required(unsignedLong),
  publicExponent: required((value: unknown, context: string) => {
    if (!(value instanceof Uint8Array)) throw new TypeError(`${context} is not of type 'Uint8Array'.`);
    return value;
  }),
  hash: required((value: unknown, context: string) =>
    isObject(value) ? convertAlgorithm(value, context).name : domString(value, context),
  ),
});

/** Normalises the algorithm. Throws TypeError for broken dictionaries, NotSupportedError for what we do not make. */
export function normalizeKeygenAlgorithm(algorithm: unknown, context: string): KeygenRequest {
  const lifetime = isObject(algorithm) ? convertExpiration(algorithm, context).expires : undefined;
  const name = isObject(algorithm)
    ? convertAlgorithm(algorithm, context).name
    : domString(algorithm, context);
  switch (name.toUpperCase()) {
    case "ECDSA":
      return { parameters: ecdsa(algorithm, context), lifetime };
    case "RSASSA-PKCS1-V1_5":
      return { parameters: rsa(algorithm, context), lifetime };
    default:
      throw notSupported(context, `algorithm '${name}'`);
  }
}

function ecdsa(algorithm: unknown, context: string): SigningKeyParameters {
  const { namedCurve } = convertEcKeyGenParams(parametersOf(algorithm), context);
  if (namedCurve !== "P-256") throw notSupported(context, `curve '${namedCurve}'`);
  return { type: "ecdsa-p256" };
}

function rsa(algorithm: unknown, context: string): SigningKeyParameters {
  const { modulusLength, publicExponent, hash } = convertRsaKeyGenParams(parametersOf(algorithm), context);
  if (hash.toUpperCase() !== "SHA-256") throw notSupported(context, `hash '${hash}'`);
  const exponent = publicExponent.reduce((value, byte) => value * 256 + byte, 0);
  if (exponent !== 65537) throw notSupported(context, `public exponent ${exponent}`);
  if (modulusLength < RSA_MODULUS_LENGTHS.min || modulusLength > RSA_MODULUS_LENGTHS.max) {
    throw notSupported(context, `modulus length ${modulusLength}`);
  }
  return { type: "rsa", modulusLength };
}

/** WebCrypto §18.4.4: a string stands for a dictionary with nothing but a name. */
function parametersOf(algorithm: unknown): object {
  return isObject(algorithm) ? algorithm : {};
}

function notSupported(context: string, what: string): DOMException {
  return new DOMException(`${context}: ${what} is not supported.`, "NotSupportedError");
}
