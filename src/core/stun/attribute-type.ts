/**
 * STUN attribute types (RFC 8489 §18.3, RFC 8445 §20, RFC 8656 §18, RFC 6062 §6.2). Types below 0x8000 are comprehension-required:
 * a receiver that does not know one must refuse the message.
 */

export const MAPPED_ADDRESS = 0x0001;
export const USERNAME = 0x0006;
export const MESSAGE_INTEGRITY = 0x0008;
export const ERROR_CODE = 0x0009;
export const UNKNOWN_ATTRIBUTES = 0x000a;
export const CHANNEL_NUMBER = 0x000c;
export const LIFETIME = 0x000d;
export const XOR_PEER_ADDRESS = 0x0012;
export const DATA = 0x0013;
export const REALM = 0x0014;
export const NONCE = 0x0015;
export const XOR_RELAYED_ADDRESS = 0x0016;
export const REQUESTED_ADDRESS_FAMILY = 0x0017;
export const EVEN_PORT = 0x0018;
export const REQUESTED_TRANSPORT = 0x0019;
export const DONT_FRAGMENT = 0x001a;
export const MESSAGE_INTEGRITY_SHA256 = 0x001c;
export const PASSWORD_ALGORITHM = 0x001d;
export const USERHASH = 0x001e;
export const XOR_MAPPED_ADDRESS = 0x0020;
export const RESERVATION_TOKEN = 0x0022;
export const PRIORITY = 0x0024;
export const USE_CANDIDATE = 0x0025;
/** RFC 6062 §6.2 */
export const CONNECTION_ID = 0x002a;
export const ADDITIONAL_ADDRESS_FAMILY = 0x8000;
export const ADDRESS_ERROR_CODE = 0x8001;
export const PASSWORD_ALGORITHMS = 0x8002;
export const ALTERNATE_DOMAIN = 0x8003;
export const SOFTWARE = 0x8022;
export const ALTERNATE_SERVER = 0x8023;
export const FINGERPRINT = 0x8028;
export const ICE_CONTROLLED = 0x8029;
export const ICE_CONTROLLING = 0x802a;
/** Of draft-thatcher-ice-renomination, as libwebrtc sends it: not registered with IANA. */
export const NOMINATION = 0xc001;

/** True for types that a receiver must understand or refuse (RFC 8489 §14). */
export function isComprehensionRequired(type: number): boolean {
  return type < 0x8000;
}

/** The comprehension-required attributes that a Binding request or response may carry (RFC 8489, RFC 8445). */
export function isBindingAttribute(type: number): boolean {
  switch (type) {
    case MAPPED_ADDRESS:
    case USERNAME:
    case MESSAGE_INTEGRITY:
    case ERROR_CODE:
    case UNKNOWN_ATTRIBUTES:
    case REALM:
    case NONCE:
    case MESSAGE_INTEGRITY_SHA256:
    case PASSWORD_ALGORITHM:
    case USERHASH:
    case XOR_MAPPED_ADDRESS:
    case PRIORITY:
    case USE_CANDIDATE:
      return true;
    default:
      return false;
  }
}

/** Longest USERNAME, bytes: "fewer than 509" (RFC 8489 §14.3). */
export const MAX_USERNAME_LENGTH = 508;
/** Longest REALM, NONCE, SOFTWARE and reason phrase, bytes: fewer than 128 characters (RFC 8489 §14.8 to §14.14). */
export const MAX_TEXT_LENGTH = 763;

/** True when a value of `length` bytes can be one of `type`; types without a rule may have any length. */
export function isPossibleLength(type: number, length: number): boolean {
  switch (type) {
    case MAPPED_ADDRESS:
    case XOR_MAPPED_ADDRESS:
    case XOR_PEER_ADDRESS:
    case XOR_RELAYED_ADDRESS:
    case ALTERNATE_SERVER:
      return length === 8 || length === 20;
    case USERNAME:
      return length <= MAX_USERNAME_LENGTH;
    case MESSAGE_INTEGRITY:
      return length === 20;
    case MESSAGE_INTEGRITY_SHA256:
      return length >= 16 && length <= 32 && length % 4 === 0;
    case ERROR_CODE:
      return length >= 4 && length <= 4 + MAX_TEXT_LENGTH;
    case UNKNOWN_ATTRIBUTES:
      return length % 2 === 0;
    case REALM:
    case NONCE:
    case SOFTWARE:
      return length <= MAX_TEXT_LENGTH;
    case USERHASH:
      return length === 32;
    case PASSWORD_ALGORITHM:
      return length >= 4;
    case PRIORITY:
    case FINGERPRINT:
    case CHANNEL_NUMBER:
    case LIFETIME:
    case REQUESTED_ADDRESS_FAMILY:
    case ADDITIONAL_ADDRESS_FAMILY:
    case REQUESTED_TRANSPORT:
    case CONNECTION_ID:
      return length === 4;
    case USE_CANDIDATE:
    case DONT_FRAGMENT:
      return length === 0;
    case EVEN_PORT:
      return length === 1;
    case ICE_CONTROLLED:
    case ICE_CONTROLLING:
    case RESERVATION_TOKEN:
      return length === 8;
    default:
      return true;
  }
}
