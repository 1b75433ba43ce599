/** RFC 8832 §6: which stream ids a connection's data channels have. */

/** webrtc-pc §6.1: the largest stream id; 65535 streams are numbered from 0. */
export const MAX_STREAM_ID = 65_534;

export class StreamIds {
  readonly #used = new Set<number>();
  /** No free id is below these, for the even and for the odd ones: finding the next one does not start over. */
  readonly #lowestFree: [even: number, odd: number] = [0, 1];

  /** Takes an id that the application or the peer has chosen; false when a channel has it. */
  claim(id: number): boolean {
    if (this.#used.has(id)) return false;
    this.#used.add(id);
    return true;
  }

  /** Takes the lowest free id below `limit`: even for the DTLS client, odd for the server. Undefined: none is left. */
  next(role: "client" | "server", limit: number): number | undefined {
    const parity = role === "client" ? 0 : 1;
    let id = this.#lowestFree[parity];
    while (this.#used.has(id)) id += 2;
    this.#lowestFree[parity] = id;
    if (id >= limit) return undefined;
    this.#used.add(id);
    return id;
  }

  release(id: number): void {
    if (!this.#used.delete(id)) return;
    const parity = (id & 1) as 0 | 1;
    this.#lowestFree[parity] = Math.min(this.#lowestFree[parity], id);
  }
}
