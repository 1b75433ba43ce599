// Event classes that Node lacks, and an EventTarget with handler properties.

/** Defines a global the way a browser does: writable, not enumerable. */
export const def = (obj, name, value) =>
  Object.defineProperty(obj, name, { value, writable: true, configurable: true, enumerable: false });

/** https://html.spec.whatwg.org/multipage/webappapis.html#errorevent */
export class ErrorEvent extends Event {
  constructor(type, init = {}) {
    super(type, init);
    for (const k of ["message", "filename", "lineno", "colno", "error"]) this[k] = init[k];
  }
}
/** https://html.spec.whatwg.org/multipage/webappapis.html#promiserejectionevent */
export class PromiseRejectionEvent extends Event {
  constructor(type, init = {}) {
    super(type, init);
    this.promise = init.promise;
    this.reason = init.reason;
  }
}

/** An EventTarget with on<type> properties. */
export class Target extends EventTarget {
  dispatchEvent(event) {
    const handler = this[`on${event.type}`];
    if (typeof handler === "function") super.addEventListener(event.type, handler, { once: true });
    return super.dispatchEvent(event);
  }
}
