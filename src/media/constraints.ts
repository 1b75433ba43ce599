/** mediacapture-main §4.3.6 to §4.3.8 and §11: what tracks are, can be and shall be. */
import {
  boolean,
  type Converter,
  domString,
  double,
  isObject,
  sequence,
  unsignedLong,
} from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";

/** mediacapture-main §4.3.8 */
export interface MediaTrackSettings {
  aspectRatio?: number;
  autoGainControl?: boolean;
  backgroundBlur?: boolean;
  channelCount?: number;
  deviceId?: string;
  echoCancellation?: boolean;
  facingMode?: string;
  frameRate?: number;
  groupId?: string;
  height?: number;
  latency?: number;
  noiseSuppression?: boolean;
  resizeMode?: string;
  sampleRate?: number;
  sampleSize?: number;
  width?: number;
}

/** mediacapture-main §4.3.6: a source without controls can do what it does. */
export interface MediaTrackCapabilities {
  aspectRatio?: { max?: number; min?: number };
  autoGainControl?: boolean[];
  backgroundBlur?: boolean[];
  channelCount?: { max?: number; min?: number };
  deviceId?: string;
  echoCancellation?: boolean[];
  facingMode?: string[];
  frameRate?: { max?: number; min?: number };
  groupId?: string;
  height?: { max?: number; min?: number };
  latency?: { max?: number; min?: number };
  noiseSuppression?: boolean[];
  resizeMode?: string[];
  sampleRate?: { max?: number; min?: number };
  sampleSize?: { max?: number; min?: number };
  width?: { max?: number; min?: number };
}

/** mediacapture-main §11.2 */
export type ConstrainNumber = number | { exact?: number; ideal?: number; max?: number; min?: number };
/** mediacapture-main §11.2 */
export type ConstrainBoolean = boolean | { exact?: boolean; ideal?: boolean };
/** mediacapture-main §11.2 */
export type ConstrainString = string | string[] | { exact?: string | string[]; ideal?: string | string[] };

/** mediacapture-main §11.3 */
export interface MediaTrackConstraintSet {
  aspectRatio?: ConstrainNumber;
  autoGainControl?: ConstrainBoolean;
  backgroundBlur?: ConstrainBoolean;
  channelCount?: ConstrainNumber;
  deviceId?: ConstrainString;
  echoCancellation?: ConstrainBoolean;
  facingMode?: ConstrainString;
  frameRate?: ConstrainNumber;
  groupId?: ConstrainString;
  height?: ConstrainNumber;
  latency?: ConstrainNumber;
  noiseSuppression?: ConstrainBoolean;
  resizeMode?: ConstrainString;
  sampleRate?: ConstrainNumber;
  sampleSize?: ConstrainNumber;
  width?: ConstrainNumber;
}

/** mediacapture-main §11.3 */
export interface MediaTrackConstraints extends MediaTrackConstraintSet {
  advanced?: MediaTrackConstraintSet[];
}

function dictionaryOr<T, D extends object>(plain: Converter<T>, range: Converter<D>): Converter<T | D> {
  return (value, context) => {
    const asDictionary = value === null || (isObject(value) && !isIterable(value));
    return asDictionary ? range(value, context) : plain(value, context);
  };
}

function isIterable(value: object): boolean {
  return (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] != null;
}

const strings: Converter<string | string[]> = (value, context) =>
  isObject(value) && isIterable(value) ? sequence(domString)(value, context) : domString(value, context);

function numeric(name: string, convert: Converter<number>): Converter<ConstrainNumber> {
  const member = optional(convert);
  const range = dictionary(name, { exact: member, ideal: member, max: member, min: member });
  return dictionaryOr(convert, range);
}

const constrainULong = numeric("ConstrainULongRange", unsignedLong);
const constrainDouble = numeric("ConstrainDoubleRange", double);
const constrainBoolean: Converter<ConstrainBoolean> = dictionaryOr(
  boolean,
  dictionary("ConstrainBooleanParameters", { exact: optional(boolean), ideal: optional(boolean) }),
);
const constrainString: Converter<ConstrainString> = dictionaryOr(
  strings,
  dictionary("ConstrainDOMStringParameters", { exact: optional(strings), ideal: optional(strings) }),
);

const convertConstraintSet = dictionary("MediaTrackConstraintSet", {
  aspectRatio: optional(constrainDouble),
  autoGainControl: optional(constrainBoolean),
  backgroundBlur: optional(constrainBoolean),
  channelCount: optional(constrainULong),
  deviceId: optional(constrainString),
  echoCancellation: optional(constrainBoolean),
  facingMode: optional(constrainString),
  frameRate: optional(constrainDouble),
  groupId: optional(constrainString),
  height: optional(constrainULong),
  latency: optional(constrainDouble),
  noiseSuppression: optional(constrainBoolean),
  resizeMode: optional(constrainString),
  sampleRate: optional(constrainULong),
  sampleSize: optional(constrainULong),
  width: optional(constrainULong),
});

/** WebIDL converter of `MediaTrackConstraints`. */
export const convertConstraints: Converter<MediaTrackConstraints> = dictionary(
  "MediaTrackConstraints",
  { advanced: optional(sequence(convertConstraintSet)) },
  convertConstraintSet,
);

/**
 * mediacapture-main §11.1.3, SelectSettings for a source that cannot be controlled: the name of the first required
 * constraint that its settings do not meet, undefined when they meet all. Only "exact", "min" and "max" are required.
 */
export function unmetConstraint(
  settings: MediaTrackSettings,
  constraints: MediaTrackConstraints,
): string | undefined {
  for (const [name, constraint] of Object.entries(constraints)) {
    if (name === "advanced" || !isObject(constraint) || isIterable(constraint)) continue;
    const actual = settings[name as keyof MediaTrackSettings];
    if (!meets(actual, constraint as Range)) return name;
  }
  return undefined;
}

interface Range {
  readonly exact?: unknown;
  readonly max?: number;
  readonly min?: number;
}

function meets(actual: unknown, { exact, max, min }: Range): boolean {
  if (exact !== undefined && !(Array.isArray(exact) ? exact.includes(actual) : exact === actual))
    return false;
  if (max === undefined && min === undefined) return true;
  return typeof actual === "number" && actual <= (max ?? actual) && actual >= (min ?? actual);
}

/** mediacapture-main §4.3.6 of a source that cannot be controlled: each range holds the one value in use. */
export function capabilitiesOf(settings: MediaTrackSettings): MediaTrackCapabilities {
  const capabilities: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "number") capabilities[name] = { max: value, min: value };
    else capabilities[name] = name === "deviceId" || name === "groupId" ? value : [value];
  }
  return capabilities;
}
