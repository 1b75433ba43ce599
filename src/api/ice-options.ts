/** Checks what is asked of ICE beyond the W3C configuration (docs/ice.md, "Options"): whatever is wrong is said at once. */
import type {
  AddressMapping,
  IceOptions,
  LocalAddressFilter,
  NetworkType,
  PortRange,
} from "../core/base/ice-options.ts";
import { formatIpAddress, ipFamilyOf, parseIpAddress } from "../core/base/ip-address.ts";
import { parseIpPrefix } from "../core/base/ip-prefix.ts";
import {
  boolean,
  type Converter,
  domString,
  enforcedUnsignedShort,
  enumeration,
  isObject,
  sequence,
} from "../webidl/convert.ts";
import { dictionary, optional, required } from "../webidl/dictionary.ts";

/** Entries of each list: more is a mistake. */
export const MAX_OPTION_ENTRIES = 64;

const NETWORK_TYPES: readonly NetworkType[] = ["ethernet", "wifi", "cellular", "vpn", "virtual", "unknown"];

/** A dictionary without unknown members: what is misspelt would otherwise be ignored. */
function exact<T>(name: string, members: readonly string[], convert: Converter<T>): Converter<T> {
  return (value, context) => {
    if (!isObject(value)) throw new TypeError(`${context} is not of type '${name}'.`);
    const unknown = Object.keys(value).find((key) => !members.includes(key));
    if (unknown !== undefined) throw new TypeError(`${context}: ${name} has no member '${unknown}'.`);
    return convert(value, context);
  };
}

function list<T>(convert: Converter<T>): Converter<T[]> {
  const convertSequence = sequence(convert);
  return (value, context) => {
    const entries = convertSequence(value, context);
    if (entries.length > MAX_OPTION_ENTRIES)
      throw new RangeError(`${context} has more than ${MAX_OPTION_ENTRIES} entries.`);
    return entries;
  };
}

const address: Converter<string> = (value, context) => {
  const text = domString(value, context);
  const bytes = parseIpAddress(text);
  if (bytes === undefined) throw new TypeError(`${context}: '${text}' is not an IP address.`);
  return formatIpAddress(bytes);
};

const prefix: Converter<string> = (value, context) => {
  const text = domString(value, context);
  if (parseIpPrefix(text) === undefined)
    throw new TypeError(`${context}: '${text}' is not an IP address or prefix.`);
  return text;
};

const portRange = exact<PortRange>(
  "PortRange",
  ["min", "max"],
  dictionary("PortRange", { min: required(enforcedUnsignedShort), max: required(enforcedUnsignedShort) }),
);

const checkedPortRange: Converter<PortRange> = (value, context) => {
  const range = portRange(value, context);
  if (range.min < 1 || range.min > range.max)
    throw new RangeError(`${context}: ${range.min} to ${range.max} is not a range of ports.`);
  return range;
};

const filter = exact<LocalAddressFilter>(
  "LocalAddressFilter",
  ["interfaces", "types", "addresses"],
  dictionary("LocalAddressFilter", {
    interfaces: optional(list(domString)),
    types: optional(list(enumeration("NetworkType", NETWORK_TYPES))),
    addresses: optional(list(prefix)),
  }),
);

const mapping = exact<AddressMapping>(
  "AddressMapping",
  ["local", "public", "as"],
  dictionary("AddressMapping", {
    local: required(address),
    public: required(address),
    as: required(enumeration("AddressMapping.as", ["host", "srflx"])),
  }),
);

const checkedMapping: Converter<AddressMapping> = (value, context) => {
  const checked = mapping(value, context);
  if (ipFamilyOf(checked.local) !== ipFamilyOf(checked.public))
    throw new TypeError(`${context}: ${checked.local} and ${checked.public} are of two families.`);
  return checked;
};

const members = {
  portRange: optional(checkedPortRange),
  only: optional(filter),
  except: optional(filter),
  candidateTypes: optional(list(enumeration("candidate type", ["host", "srflx", "relay"]))),
  addressMappings: optional(list(checkedMapping)),
  tcp: optional(list(enumeration("RTCIceTcpCandidateType", ["active", "passive", "so"]))),
  relayTransports: optional(list(enumeration("relay transport", ["udp", "tcp"]))),
  mdns: optional(boolean),
  lite: optional(boolean),
};

const iceOptions = exact<IceOptions>("IceOptions", Object.keys(members), dictionary("IceOptions", members));

/** Throws a TypeError or RangeError that names the member; returns a copy that the caller cannot change any more. */
export const convertIceOptions: Converter<IceOptions> = (value, context) => {
  const checked = iceOptions(value, context);
  if (!checked.lite) return checked;
  // RFC 8445 §5.2: host candidates. Only who checks has a use for a connection of its own making.
  if (checked.tcp?.some((type) => type !== "passive"))
    throw new TypeError(`${context}: a lite agent has no TCP candidates but passive ones.`);
  if (checked.addressMappings?.some(({ as }) => as === "srflx"))
    throw new TypeError(`${context}: a lite agent has no server-reflexive candidates.`);
  return checked;
};
