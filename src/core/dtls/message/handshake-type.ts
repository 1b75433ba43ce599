/** HandshakeType (RFC 5246 §7.4, RFC 6347 §4.3.2, RFC 5077 §3.3). */
export const HELLO_REQUEST = 0;
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const HELLO_VERIFY_REQUEST = 3;
export const NEW_SESSION_TICKET = 4;
export const CERTIFICATE = 11;
export const SERVER_KEY_EXCHANGE = 12;
export const CERTIFICATE_REQUEST = 13;
export const SERVER_HELLO_DONE = 14;
export const CERTIFICATE_VERIFY = 15;
export const CLIENT_KEY_EXCHANGE = 16;
export const FINISHED = 20;

const FROM_CLIENT: ReadonlySet<number> = new Set([
  CLIENT_HELLO,
  CERTIFICATE,
  CERTIFICATE_VERIFY,
  CLIENT_KEY_EXCHANGE,
  FINISHED,
]);
const FROM_SERVER: ReadonlySet<number> = new Set([
  HELLO_REQUEST,
  SERVER_HELLO,
  HELLO_VERIFY_REQUEST,
  NEW_SESSION_TICKET,
  CERTIFICATE,
  SERVER_KEY_EXCHANGE,
  CERTIFICATE_REQUEST,
  SERVER_HELLO_DONE,
  FINISHED,
]);

/** True for messages that a peer in this role sends at some time (RFC 5246 §7.3). */
export function isSentBy(role: "client" | "server", type: number): boolean {
  return (role === "client" ? FROM_CLIENT : FROM_SERVER).has(type);
}
