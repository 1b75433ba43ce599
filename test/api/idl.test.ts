/**
 * The classes against the IDL of the standards itself (`@webref/idl`): no member may be missing, misspelt, of the wrong
 * kind or of the wrong length, and none may be there that the standards do not have.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { type ExtendedAttribute, type IDLRootType, parse } from "webidl2";
import * as skywave from "../../src/index.ts";
import * as workerScope from "../../src/worker-entry.ts";

const SPECIFICATIONS = [
  "webrtc",
  "webrtc-encoded-transform",
  "webrtc-identity",
  "webrtc-priority",
  "webrtc-stats",
  "webrtc-svc",
  "mediacapture-streams",
  "mst-content-hint",
];

const SFRAME = "SFrame (RFC 9605) is not there yet";
const IDENTITY =
  "an identity provider is a script of another site, which needs a sandbox that is not there yet";

/** Interfaces of these specifications that the package does not have, with the reason. */
const MISSING_INTERFACES: Readonly<Record<string, string>> = {
  Navigator: "the platform's: skywave/register adds to it",
  DedicatedWorkerGlobalScope: "the platform's: skywave/worker adds to it",
  RTCRtpSFrameEncryptor: SFRAME,
  RTCRtpSFrameDecryptor: SFRAME,
  SFrameEncryptorStream: SFRAME,
  SFrameDecryptorStream: SFRAME,
  SFrameTransformErrorEvent: SFRAME,
  RTCIdentityAssertion: IDENTITY,
  RTCIdentityProviderGlobalScope: IDENTITY,
  RTCIdentityProviderRegistrar: IDENTITY,
};

/** Members that are missing, likewise. */
const MISSING_MEMBERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RTCPeerConnection: {
    setIdentityProvider: IDENTITY,
    getIdentityAssertion: IDENTITY,
    peerIdentity: IDENTITY,
    idpLoginUrl: IDENTITY,
    idpErrorInfo: IDENTITY,
  },
  RTCError: { httpRequestStatusCode: IDENTITY },
  MediaStreamTrack: { isolated: IDENTITY, onisolationchange: IDENTITY },
};

/** Exposed in workers by the standards; `skywave` itself can be imported in a worker thread. */
const ALSO_IN_WORKERS: readonly string[] = ["RTCDataChannel"];

/** What `readonly maplike<>` stands for (WebIDL §3.7.11), with the lengths of its operations. */
const MAPLIKE = { entries: 0, forEach: 1, get: 1, has: 1, keys: 0, values: 0 };

/** Members of webrtc-extensions, whose IDL the package of IDLs does not hold. */
const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  RTCRtpReceiver: ["disableHardwareDecoding"],
  RTCRtpSender: ["disableHardwareEncoding"],
  RTCRtpTransceiver: [
    "getHeaderExtensionsToNegotiate",
    "setHeaderExtensionsToNegotiate",
    "getNegotiatedHeaderExtensions",
    "rtpHeaderEncryptionNegotiated",
    "stopped",
  ],
};

/** Interfaces of webrtc-extensions, and what it adds to others, likewise. */
const EXTENSION_IDL = `
  [Exposed=Window] interface RTCIceCandidatePairEvent : Event {
    constructor(DOMString type, RTCIceCandidatePairEventInit init);
    readonly attribute RTCIceCandidatePair candidatePair;
  };
  partial interface RTCIceTransport {
    attribute EventHandler onicecandidatepairadd;
    attribute EventHandler onicecandidatepairremove;
    attribute EventHandler onicecandidatepairnominate;
    Promise<undefined> selectCandidatePair(RTCIceCandidatePair pair);
    Promise<undefined> removeCandidatePair(RTCIceCandidatePair pair);
  };
`;

interface InterfaceIdl {
  /** "Window", "DedicatedWorker": where it is exposed; empty for partial interfaces alone. */
  exposure: readonly string[];
  inheritance: string | null;
  constructorArguments: number | undefined;
  readonly attributes: Map<string, { readonly: boolean }>;
  /** Name to number of required arguments, the smallest of all overloads. */
  readonly operations: Map<string, { length: number; static: boolean }>;
}

const interfaces = readInterfaces();
const exported = { ...workerScope, ...skywave } as unknown as Record<string, unknown>;

function readInterfaces(): Map<string, InterfaceIdl> {
  const result = new Map<string, InterfaceIdl>();
  for (const specification of SPECIFICATIONS) {
    for (const definition of parse(textOf(specification))) addDefinition(result, definition);
  }
  for (const definition of parse(EXTENSION_IDL)) addDefinition(result, definition);
  return result;
}

function textOf(specification: string): string {
  const require = createRequire(import.meta.url);
  return readFileSync(require.resolve(`@webref/idl/${specification}.idl`), "utf8");
}

function addDefinition(result: Map<string, InterfaceIdl>, definition: IDLRootType): void {
  if (definition.type !== "interface") return;
  const known = result.get(definition.name) ?? {
    exposure: [],
    inheritance: null,
    constructorArguments: undefined,
    attributes: new Map(),
    operations: new Map(),
  };
  result.set(definition.name, known);
  known.inheritance = definition.inheritance ?? known.inheritance;
  const exposed = definition.extAttrs.find((attribute) => attribute.name === "Exposed");
  if (!definition.partial) known.exposure = exposureOf(exposed);
  for (const member of definition.members) {
    if ("name" in member && isMissing(definition.name, member.name)) continue;
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

function exposureOf(attribute: ExtendedAttribute | undefined): readonly string[] {
  const value = attribute?.rhs?.value ?? [];
  return typeof value === "string" ? [value] : value.map((one) => one.value);
}

function isMissing(interfaceName: string, member: string | null): boolean {
  return member !== null && member in (MISSING_MEMBERS[interfaceName] ?? {});
}

const described = [...interfaces].filter(([name]) => !(name in MISSING_INTERFACES));

function exposedIn(scope: string): string[] {
  return described.flatMap(([name, { exposure }]) => (exposure.includes(scope) ? [name] : [])).sort();
}

test("every interface of the standards is exported, and nothing else", () => {
  expect(Object.keys(skywave).sort()).toEqual(exposedIn("Window"));
});

test("skywave/worker has the interfaces that are exposed in dedicated workers", () => {
  const inWorkers = exposedIn("DedicatedWorker").filter((name) => !ALSO_IN_WORKERS.includes(name));
  expect(Object.keys(workerScope).sort()).toEqual(inWorkers);
});

test("every exception is about something that the standards have", () => {
  for (const name of Object.keys(MISSING_INTERFACES)) expect(interfaces.has(name), name).toBe(true);
  const idl = SPECIFICATIONS.map(textOf).join();
  for (const members of Object.values(MISSING_MEMBERS)) {
    for (const member of Object.keys(members)) expect(idl).toContain(member);
  }
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
