import { isObject } from "./convert.ts";
import { illegalInvocation } from "./expose.ts";

/** The internal slots of the objects of one interface, and with them its brand. */
export interface InternalSlots<S, T extends object> {
  /** Gives a new object its slots; called by the interface's constructor, once. */
  attach(target: T, slots: S): void;
  /** The slots of `target`, or a TypeError ("Illegal invocation") when it is not of the interface. */
  of(target: unknown): S;
  /** The brand check. */
  has(value: unknown): value is T;
}

/** A constructor that returns what it is given, so that a derived class can put its private field on that. */
const Given = function given(target: object) {
  return target;
} as unknown as new (
  target: object,
) => object;

/**
 * Internal slots for one interface, in a private field that lives outside of its class. A private field of the class
 * itself would make its type nominal, and a browser's `RTCDataChannel` could not stand for ours in TypeScript.
 */
export function internalSlots<S, T extends object>(interfaceName: string): InternalSlots<S, T> {
  class Holder extends Given {
    #slots: S;

    constructor(target: object, slots: S) {
      super(target);
      this.#slots = slots;
    }

    static of(target: unknown): S {
      if (isObject(target) && #slots in target) return target.#slots;
      throw illegalInvocation(interfaceName);
    }

    static has(value: unknown): value is T {
      return isObject(value) && #slots in value;
    }
  }
  return {
    attach(target, slots) {
      new Holder(target, slots);
    },
    of: Holder.of,
    has: Holder.has,
  };
}
