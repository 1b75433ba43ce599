/** HTML §8.1.8.1: event handler IDL attributes (`onopen` and the like). */
import { isObject } from "./convert.ts";

/**
 * The type of an event handler IDL attribute. `this` is the object the handler is set on; it is `any` so that our
 * objects stay assignable to the types of TypeScript's `lib.dom`.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type EventHandler<E = Event> = ((this: any, event: E) => unknown) | null;

interface Slot {
  /** Any object: one that is not callable is kept and does nothing ([LegacyTreatNonObjectAsNull]). */
  value: object;
  readonly listener: (event: Event) => void;
}

const handlers = new WeakMap<EventTarget, Map<string, Slot>>();

/**
 * Defines `on<type>` on a prototype for each event type. `check` throws unless it gets an object of the interface.
 * The handler takes its place among the listeners when it is first set, and keeps it until it is set to null.
 */
export function defineEventHandlers(
  prototype: EventTarget,
  check: (target: unknown) => void,
  types: readonly string[],
): void {
  for (const type of types) {
    const attribute = `on${type}`;
    const accessor = {
      get [attribute](): unknown {
        check(this);
        return handlers.get(this as unknown as EventTarget)?.get(type)?.value ?? null;
      },
      set [attribute](value: unknown) {
        check(this);
        setHandler(this as unknown as EventTarget, type, isObject(value) ? value : null);
      },
    };
    const descriptor = Object.getOwnPropertyDescriptor(accessor, attribute)!;
    Object.defineProperty(prototype, attribute, { ...descriptor, enumerable: true });
  }
}

function setHandler(target: EventTarget, type: string, value: object | null): void {
  let slots = handlers.get(target);
  if (slots === undefined) {
    slots = new Map();
    handlers.set(target, slots);
  }
  const slot = slots.get(type);
  if (value === null) {
    // "Deactivate an event handler": its place in the order is given up.
    if (slot) target.removeEventListener(type, slot.listener);
    slots.delete(type);
  } else if (slot) slot.value = value;
  else {
    // "Activate an event handler": registered now, and only now.
    const created: Slot = { value, listener: (event) => callHandler(target, created.value, event) };
    slots.set(type, created);
    target.addEventListener(type, created.listener);
  }
}

/** "The event handler processing algorithm": returning false cancels the event. */
function callHandler(target: EventTarget, value: object, event: Event): void {
  if (typeof value !== "function") return;
  if (Reflect.apply(value as (event: Event) => unknown, target, [event]) === false) event.preventDefault();
}
