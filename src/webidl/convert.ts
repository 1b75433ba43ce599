/**
 * WebIDL §3.2: from JavaScript values to IDL values. A converter is declared once, where the type is declared in IDL;
 * the methods in `api` receive clean values. Every refusal is a TypeError whose message starts with `context`.
 */
import conversions from "webidl-conversions";

/** Converts one value; `context` says what it is ("Failed to execute 'send' on 'RTCDataChannel': parameter 1"). */
export type Converter<T> = (value: unknown, context: string) => T;

/** The IDL value that a converter yields. */
export type Converted<C> = C extends Converter<infer T> ? T : never;

/** WebIDL `boolean` */
export const boolean: Converter<boolean> = (value, context) => conversions.boolean(value, { context });
/** WebIDL `DOMString` */
export const domString: Converter<string> = (value, context) => conversions.DOMString(value, { context });
/** WebIDL `USVString`: lone surrogates become U+FFFD. */
export const usvString: Converter<string> = (value, context) => conversions.USVString(value, { context });
/** WebIDL `unsigned short`, modulo 2^16. */
export const unsignedShort: Converter<number> = (value, context) =>
  conversions["unsigned short"](value, { context });
/** WebIDL `[EnforceRange] unsigned short` */
export const enforcedUnsignedShort: Converter<number> = (value, context) =>
  conversions["unsigned short"](value, { context, enforceRange: true });
/** WebIDL `[EnforceRange] octet` */
export const enforcedOctet: Converter<number> = (value, context) =>
  conversions.octet(value, { context, enforceRange: true });
/** WebIDL `long` */
export const long: Converter<number> = (value, context) => conversions.long(value, { context });
/** WebIDL `unsigned long` */
export const unsignedLong: Converter<number> = (value, context) =>
  conversions["unsigned long"](value, { context });
/** WebIDL `[Clamp] unsigned long` */
export const clampedUnsignedLong: Converter<number> = (value, context) =>
  conversions["unsigned long"](value, { context, clamp: true });
/** WebIDL `[EnforceRange] unsigned long` */
export const enforcedUnsignedLong: Converter<number> = (value, context) =>
  conversions["unsigned long"](value, { context, enforceRange: true });
/** WebIDL `octet`, modulo 2^8. */
export const octet: Converter<number> = (value, context) => conversions.octet(value, { context });
/** WebIDL `double`: finite. */
export const double: Converter<number> = (value, context) => conversions.double(value, { context });
/** WebIDL `[EnforceRange] unsigned long long` */
export const enforcedUnsignedLongLong: Converter<number> = (value, context) =>
  conversions["unsigned long long"](value, { context, enforceRange: true });

/** WebIDL §3.2.18: one of the strings of an enum. */
export function enumeration<const T extends string>(name: string, values: readonly T[]): Converter<T> {
  return (value, context) => {
    const text = domString(value, context);
    const known = values.find((candidate) => candidate === text);
    if (known === undefined) throw new TypeError(`${context}: '${text}' is not a valid ${name}.`);
    return known;
  };
}

/** WebIDL §3.2.20: null and undefined become null. */
export function nullable<T>(convert: Converter<T>): Converter<T | null> {
  return (value, context) => (value === null || value === undefined ? null : convert(value, context));
}

/** WebIDL §3.2.21: any iterable becomes a fresh array. */
export function sequence<T>(convert: Converter<T>): Converter<T[]> {
  return (value, context) => {
    const method = isObject(value) ? (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] : undefined;
    if (typeof method !== "function") throw new TypeError(`${context} is not iterable.`);
    return sequenceFromIterable(value as Iterable<unknown>, method as IteratorMethod, convert, context);
  };
}

type IteratorMethod = (this: unknown) => Iterator<unknown>;

function sequenceFromIterable<T>(
  iterable: Iterable<unknown>,
  method: IteratorMethod,
  convert: Converter<T>,
  context: string,
): T[] {
  // The method that was looked up is the one that is called (WebIDL §3.2.21.1).
  const iterator = method.call(iterable);
  const result: T[] = [];
  for (let step = iterator.next(); !step.done; step = iterator.next()) {
    result.push(convert(step.value, `${context}, element ${result.length}`));
  }
  return result;
}

/** WebIDL §3.2.24, `(USVString or sequence<USVString>)` and the like: an iterable object, or else a string. */
export function stringOrSequence(convert: Converter<string>): Converter<string | string[]> {
  const convertSequence = sequence(convert);
  return (value, context) => {
    const iterable = isObject(value) && (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] != null;
    return iterable ? convertSequence(value, context) : convert(value, context);
  };
}

/** WebIDL §3.2.15: an object that implements an interface. `is` is the interface's brand check. */
export function instanceOf<T>(name: string, is: (value: unknown) => value is T): Converter<T> {
  return (value, context) => {
    if (!is(value)) throw new TypeError(`${context} is not of type '${name}'.`);
    return value;
  };
}

/** A callback function (WebIDL §3.2.19). */
// biome-ignore lint/suspicious/noExplicitAny: what a script's function takes and returns is its own business.
export type Callback = (...args: any[]) => unknown;

/** WebIDL §3.2.19: a callback function. */
export const callbackFunction: Converter<Callback> = (value, context) => {
  if (typeof value !== "function") throw new TypeError(`${context} is not a function.`);
  return value as Callback;
};

/** WebIDL "is an Object": functions included. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
