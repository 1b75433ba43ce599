/** WebIDL §3.2.17: dictionaries, declared member by member. */
import { type Converter, isObject } from "./convert.ts";

interface Member<T, Presence extends "required" | "optional" | "default"> {
  readonly convert: Converter<T>;
  readonly presence: Presence;
  readonly initial: T | undefined;
}

type Members = { readonly [name: string]: Member<unknown, "required" | "optional" | "default"> };

/** The value of a converted dictionary: members without a default may be missing. */
type DictionaryValue<M extends Members> = {
  [K in keyof M as M[K]["presence"] extends "optional" ? never : K]: ReturnType<M[K]["convert"]>;
} & {
  [K in keyof M as M[K]["presence"] extends "optional" ? K : never]?: ReturnType<M[K]["convert"]>;
};

/** A member that must be there. */
export function required<T>(convert: Converter<T>): Member<T, "required"> {
  return { convert, presence: "required", initial: undefined };
}

/** A member that may be missing and then is. */
export function optional<T>(convert: Converter<T>): Member<T, "optional"> {
  return { convert, presence: "optional", initial: undefined };
}

/** A member with a default value. Arrays are copied for each dictionary. */
export function defaulted<T>(convert: Converter<T>, initial: NoInfer<T>): Member<T, "default"> {
  return { convert, presence: "default", initial };
}

/**
 * Declares a dictionary. `parent` comes first in conversion; within one dictionary members are read in the order of
 * their names (WebIDL §3.2.17 steps 4 and 5), which a getter can observe.
 */
export function dictionary<M extends Members, P extends object = object>(
  name: string,
  members: M,
  parent?: Converter<P>,
): Converter<P & DictionaryValue<M>> {
  const names = Object.keys(members).sort();
  return (value, context) => {
    if (value !== undefined && value !== null && !isObject(value)) {
      throw new TypeError(`${context} is not of type '${name}'.`);
    }
    const result: Record<string, unknown> = parent ? { ...parent(value, context) } : {};
    for (const key of names) {
      const member = members[key]!;
      const given = isObject(value) ? (value as Record<string, unknown>)[key] : undefined;
      if (given !== undefined) result[key] = member.convert(given, `${context}: member '${key}' of ${name}`);
      else if (member.presence === "default") {
        result[key] = Array.isArray(member.initial) ? [...member.initial] : member.initial;
      }
      if (given === undefined && member.presence === "required") {
        throw new TypeError(`${context}: required member '${key}' of ${name} is undefined.`);
      }
    }
    return result as P & DictionaryValue<M>;
  };
}
