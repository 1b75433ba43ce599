/** webrtc-pc §4.4.3 legacy method extensions: callbacks in place of promises. */
import { type Callback, callbackFunction } from "../webidl/convert.ts";

/** The two callbacks of an overload. */
export interface Callbacks {
  readonly success: Callback;
  readonly failure: Callback;
}

/** Converts the two callbacks of an overload. */
export function callbacksFrom(success: unknown, failure: unknown, context: string): Callbacks {
  return {
    success: callbackFunction(success, `${context}: successCallback`),
    failure: callbackFunction(failure, `${context}: failureCallback`),
  };
}

/** §4.4.3 legacy method extensions: the outcome goes to the callbacks, the promise resolves to nothing at once. */
export function legacy(callbacks: Callbacks, outcome: Promise<unknown>): Promise<void> {
  outcome.then(
    (value) => invoke(callbacks.success, value),
    (reason) => invoke(callbacks.failure, reason),
  );
  return Promise.resolve();
}

/** WebIDL §3.12 "invoke a callback function": what it throws is reported, as an uncaught exception. */
function invoke(callback: Callback, value: unknown): void {
  try {
    Reflect.apply(callback, undefined, value === undefined ? [] : [value]);
  } catch (error) {
    reportError(error);
  }
}

function reportError(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
