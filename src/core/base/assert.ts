/** Our own broken invariant: never a peer's fault, never a caller's. The session turns it into a failed connection. */
export class InvariantViolation extends Error {
  override readonly name = "InvariantViolation";
}

/** Throws {@link InvariantViolation} unless `condition` holds. `invariant` says in words what must be true. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new InvariantViolation(invariant);
}

/** Marks a place that exhaustive switching makes unreachable; the argument's type must be `never`. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable case: ${String(value)}`);
}
