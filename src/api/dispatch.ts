/**
 * The only place that queues tasks and fires events. A task of the standard is a task of the host: microtasks run after
 * each one, so that code which awaits one event can listen for the next. Whoever changes an attribute does it in the
 * task that fires the event.
 */
import type { Connection } from "./connection.ts";

/** "Queue a task" for a connection, on its networking task source. */
export function queueTask(connection: Connection, steps: () => void): void {
  connection.host.queueTask(steps);
}

/** "Fire an event" that has no members of its own. */
export function fireSimple(target: EventTarget, type: string): void {
  target.dispatchEvent(new Event(type));
}

/** "Fire an event" of one of our classes. */
export function fire(target: EventTarget, event: Event): void {
  target.dispatchEvent(event);
}
