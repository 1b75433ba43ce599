import { assert } from "../../base/assert.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import { MAX_CERTIFICATE_MESSAGE_LENGTH } from "../limits.ts";

const scratch = new Uint8Array(MAX_CERTIFICATE_MESSAGE_LENGTH);

/** Runs an encoder against a scratch buffer and returns a copy of what it wrote. Not re-entrant. */
export function encodeBody(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(scratch);
  write(writer);
  assert(writer.ok, "our own handshake messages fit into their limit");
  return writer.written().slice();
}
