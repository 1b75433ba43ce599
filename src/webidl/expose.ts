/** WebIDL §3.7: what makes a class look like an interface of the platform. */

/** The argument counts that WebIDL asks for where the class's own functions take `...args`. */
interface Exposure {
  /** `length` of the constructor: the number of its required arguments. */
  readonly length?: number;
  /** `length` of the operations that take `...args`, statics included. */
  readonly operations?: Readonly<Record<string, number>>;
}

type InterfaceObject = (abstract new (...args: never[]) => object) & { readonly prototype: object };

/**
 * Makes the members of `target` enumerable, gives it its class string, and sets `length` of operations
 * (WebIDL §3.7.3, §3.7.5 to §3.7.7). Called once below each class.
 */
export function exposeInterface(target: InterfaceObject, name: string, exposure: Exposure = {}): void {
  setEnumerable(target.prototype, ["constructor"]);
  setEnumerable(target, ["prototype", "length", "name"]);
  for (const [operation, length] of Object.entries(exposure.operations ?? {})) {
    const holder = Object.hasOwn(target.prototype, operation) ? target.prototype : target;
    Object.defineProperty((holder as Record<string, unknown>)[operation], "length", { value: length });
  }
  Object.defineProperty(target, "length", { value: exposure.length ?? 0 });
  Object.defineProperty(target, "name", { value: name });
  Object.defineProperty(target.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/**
 * Adds attributes that a class declares as optional, because `lib.dom` does not know them and its types shall stay
 * assignable to ours. `accessors` is an object literal of getters.
 */
export function defineAttributes(prototype: object, accessors: object): void {
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(accessors));
}

function setEnumerable(holder: object, except: readonly string[]): void {
  for (const key of Object.getOwnPropertyNames(holder)) {
    if (!except.includes(key)) Object.defineProperty(holder, key, { enumerable: true });
  }
}

/** The TypeError of an operation or attribute used on an object of another kind (WebIDL §3.7.6, §3.7.7). */
export function illegalInvocation(interfaceName: string): TypeError {
  return new TypeError(`Illegal invocation: the receiver is not of type '${interfaceName}'.`);
}

/** Throws the TypeError of a call with too few arguments (WebIDL §3.7.7, "effective overload set"). */
export function requireArguments(context: string, args: readonly unknown[], count: number): void {
  if (args.length >= count) return;
  const noun = count === 1 ? "argument" : "arguments";
  throw new TypeError(`${context}: ${count} ${noun} required, but only ${args.length} present.`);
}

/** "Failed to execute 'send' on 'RTCDataChannel'": how messages of TypeErrors begin. */
export function operationContext(interfaceName: string, operation: string): string {
  return `Failed to execute '${operation}' on '${interfaceName}'`;
}

/** How messages begin when a constructor refuses its arguments. */
export function constructorContext(interfaceName: string): string {
  return `Failed to construct '${interfaceName}'`;
}

/** WebIDL §3.7.7: an operation that returns a promise never throws; what `steps` throws becomes a rejection. */
export function promiseReturning<T>(steps: () => Promise<T>): Promise<T> {
  try {
    return steps();
  } catch (error) {
    return Promise.reject(error);
  }
}
