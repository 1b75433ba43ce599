/**
 * What a decoder returns for a peer's bytes that are not what they claim to be. An expected value, not an error:
 * it is counted and dropped. `reason` is a static, lower-case phrase without data from the packet,
 * so that it can be a counter's name (`"stun: attribute overruns message"`).
 */
export class Malformed {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Makes one {@link Malformed} per place of refusal; decoders keep it in a module constant so that refusing costs nothing. */
export function malformed(reason: string): Malformed {
  return new Malformed(reason);
}
