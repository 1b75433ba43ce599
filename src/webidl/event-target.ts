/** The platform's EventTarget and MessageEvent with types: the classes below are the global ones, nothing is added. */
import type { EventHandler } from "./event-handler.ts";

type ListenerOptions = Parameters<EventTarget["addEventListener"]>[2];
type RemovalOptions = Parameters<EventTarget["removeEventListener"]>[2];

/** A listener for an event of known type. */
export type Listener<E> = NonNullable<EventHandler<E>> | { handleEvent(event: E): unknown };

/** An EventTarget that tells the compiler which event types carry which events. */
export interface TypedEventTarget<Events> extends EventTarget {
  addEventListener<K extends keyof Events & string>(
    type: K,
    listener: Listener<Events[K]> | null,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener<Event> | null, options?: ListenerOptions): void;
  removeEventListener<K extends keyof Events & string>(
    type: K,
    listener: Listener<Events[K]> | null,
    options?: RemovalOptions,
  ): void;
  removeEventListener(type: string, listener: Listener<Event> | null, options?: RemovalOptions): void;
}

/** `globalThis.EventTarget`, for `extends`. */
export const EventTargetWith = EventTarget as unknown as { new <Events>(): TypedEventTarget<Events> };

/** The global MessageEvent's instances: `lib.dom`'s type where it is loaded. */
export type PlatformMessageEvent = typeof globalThis extends {
  onmessage: unknown;
  MessageEvent: { prototype: infer E };
}
  ? E
  : Event & {
      // biome-ignore lint/suspicious/noExplicitAny: as in lib.dom, so that handlers need no casts.
      readonly data: any;
      readonly origin: string;
      readonly lastEventId: string;
    };

/** `globalThis.MessageEvent`, which every Node.js has and @types/node does not declare. */
export const MessageEventConstructor = (
  globalThis as unknown as { MessageEvent: MessageEventConstructorType }
).MessageEvent;

type MessageEventConstructorType = new (
  type: string,
  init: { data: unknown; origin: string },
) => PlatformMessageEvent & Event;
