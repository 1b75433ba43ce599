/**
 * The classes against the IDL of the standards itself (`@webref/idl`): no member may be missing, misspelt, of the wrong
 * kind or of the wrong length, and none may be there that the standards do not have.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { type IDLRootType, parse } from "webidl2";
import * as skywave from "../../src/index.ts";

const SPECIFICATIONS = ["webrtc", "webrtc-priority", "mediacapture-streams", "mst-content-hint"];

/** `Navigator` belongs to the platform: `skywave/register` adds to it. */
const MISSING_INTERFACES = ["Navigator"];

/** What `readonly maplike<>` stands for (WebIDL §3.7.11), with the lengths of its operations. */
const MAPLIKE = { entries: 0, forEach: 1, get: 1, has: 1, keys: 0, values: 0 };

/** Members of webrtc-extensions, whose IDL the package of IDLs does not hold. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  RTCRtpTransceiver: [
    "getHeaderExtensionsToNegotiate",
    "setHeaderExtensionsToNegotiate",
    "getNegotiatedHeaderExtensions",
    "stopped",
  ],
};

interface InterfaceIdl {
  inheritance: string | null;
  constructorArguments: number | undefined;
  readonly attributes: Map<string, { readonly: boolean }>;
  /** Name to number of required arguments, the smallest of all overloads. */
  readonly operations: Map<string, { length: number; static: boolean }>;
}

const interfaces = readInterfaces();
const exported = skywave as unknown as Record<string, unknown>;

function readInterfaces(): Map<string, InterfaceIdl> {
  const require = createRequire(import.meta.url);
  const result = new Map<string, InterfaceIdl>();
  for (const specification of SPECIFICATIONS) {
    const file = require.resolve(`@webref/idl/${specification}.idl`);
    for (const definition of parse(readFileSync(file, "utf8"))) addDefinition(result, definition);
  }
  return result;
}

function addDefinition(result: Map<string, InterfaceIdl>, definition: IDLRootType): void {
  if (definition.type !== "interface") return;
  const known = result.get(definition.name) ?? {
    inheritance: null,
    constructorArguments: undefined,
    attributes: new Map(),
    operations: new Map(),
  };
  result.set(definition.name, known);
  known.inheritance = definition.inheritance ?? known.inheritance;
  for (const member of definition.members) {
    if (member.type === "constructor") {
      const length = member.arguments.filter((argument) => !argument.optional).length;
      known.constructorArguments = Math.min(known.constructorArguments ?? length, length);
    } else if (member.type === "attribute") {
      known.attributes.set(member.name, { readonly: member.readonly });
    } else if (member.type === "maplike") {
      known.attributes.set("size", { readonly: true });
      for (const [name, length] of Object.entries(MAPLIKE)) {
        known.operations.set(name, { length, static: false });
      }
    } else if (member.type === "operation" && member.name) {
      const length = member.arguments.filter((argument) => !argument.optional && !argument.variadic).length;
      const before = known.operations.get(member.name)?.length ?? length;
      known.operations.set(member.name, {
        length: Math.min(before, length),
        static: member.special === "static",
      });
    }
  }
}

const described = [...interfaces].filter(([name]) => !MISSING_INTERFACES.includes(name));

test("every interface of the standards is exported, and nothing else", () => {
  expect(Object.keys(skywave).sort()).toEqual(described.map(([name]) => name).sort());
});

describe.each(described)("%s", (name, idl) => {
  const interfaceObject = exported[name] as { length: number; name: string; prototype: object };
  const { prototype } = interfaceObject;

  test("is an interface object with its name, length, parent and class string (WebIDL §3.7.1, §3.7.3)", () => {
    expect(interfaceObject.name).toBe(name);
    expect(interfaceObject.length).toBe(idl.constructorArguments ?? 0);
    const parent = idl.inheritance ? (globalThis as Record<string, unknown>)[idl.inheritance] : undefined;
    if (parent) expect(Object.getPrototypeOf(interfaceObject)).toBe(parent);
    expect(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)).toEqual({
      value: name,
      writable: false,
      enumerable: false,
      configurable: true,
    });
    expect(Object.getOwnPropertyDescriptor(interfaceObject, "prototype")!.writable).toBe(false);
  });

  test("cannot be constructed unless the standard says so", () => {
    if (idl.constructorArguments !== undefined) return;
    expect(() => Reflect.construct(exported[name] as () => void, [])).toThrow(TypeError);
  });

  test("has the attributes of the IDL, as accessors of the prototype (WebIDL §3.7.6)", () => {
    for (const [attribute, { readonly }] of idl.attributes) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, attribute);
      expect(descriptor, attribute).toMatchObject({ enumerable: true, configurable: true });
      expect(descriptor!.get!.name).toBe(`get ${attribute}`);
      expect(descriptor!.set === undefined, attribute).toBe(readonly);
      expect(() => Reflect.get(prototype, attribute), attribute).toThrow(TypeError);
    }
  });

  test("has the operations of the IDL, with their lengths (WebIDL §3.7.7)", () => {
    for (const [operation, { length, static: isStatic }] of idl.operations) {
      const holder = isStatic ? interfaceObject : prototype;
      const descriptor = Object.getOwnPropertyDescriptor(holder, operation);
      expect(descriptor, operation).toMatchObject({ enumerable: true, configurable: true, writable: true });
      expect([descriptor!.value.name, descriptor!.value.length]).toEqual([operation, length]);
    }
  });

  test("has no member of its own beyond the IDL", () => {
    const extensions = EXTENSIONS[name] ?? [];
    const known = [...idl.attributes.keys(), ...idl.operations.keys(), ...extensions, "constructor"];
    expect(Object.getOwnPropertyNames(prototype).filter((key) => !known.includes(key))).toEqual([]);
  });
});
