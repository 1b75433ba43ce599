import { type Random, randomBytes } from "../base/random.ts";

/**
 * The names under which host candidates hide addresses (draft-ietf-mmusic-mdns-ice-candidates §3.1.1): one for each address
 * and connection, so that nothing links two of them.
 */
export class LocalNames {
  readonly #random: Random;
  readonly #names = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** The name of an address; `isNew`: nobody has been told what it stands for. */
  of(address: string): { readonly name: string; readonly isNew: boolean } {
    const known = this.#names.get(address);
    if (known !== undefined) return { name: known, isNew: false };
    const name = `${randomUuid(this.#random)}.local`;
    this.#names.set(address, name);
    return { name, isNew: true };
  }
}

/** RFC 9562 §5.4, version 4. */
function randomUuid(random: Random): string {
  const bytes = randomBytes(random, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += bytes[i]!.toString(16).padStart(2, "0");
  }
  return text;
}
