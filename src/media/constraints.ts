/** mediacapture-main §4.3.4 to §4.3.8 and §11: what tracks are, can be and shall be. */
import {
  boolean,
  type Converter,
  clampedUnsignedLong,
  domString,
  double,
  isObject,
  sequence,
} from "../webidl/convert.ts";
import { dictionary, optional } from "../webidl/dictionary.ts";
import type { MediaStreamTrackKind } from "./track-source.ts";

/**
 * mediacapture-main §4.3.7; `voiceIsolation` is mediacapture-extensions'. `echoCancellation` can be "all" or "remote-only"
 * too; the type is `lib.dom`'s, so that tracks are assignable.
 */
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
  voiceIsolation?: boolean;
  width?: number;
}

/** mediacapture-main §4.3.5: a source without controls can do what it does. */
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
  voiceIsolation?: boolean[];
  width?: { max?: number; min?: number };
}

/** mediacapture-main §11.2 */
export type ConstrainNumber = number | { exact?: number; ideal?: number; max?: number; min?: number };
/** mediacapture-main §11.2 */
export type ConstrainBoolean = boolean | { exact?: boolean; ideal?: boolean };
/** mediacapture-main §11.2 */
export type ConstrainString = string | string[] | { exact?: string | string[]; ideal?: string | string[] };

/** mediacapture-main §4.3.6 */
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
  voiceIsolation?: ConstrainBoolean;
  width?: ConstrainNumber;
}

/** mediacapture-main §4.3.6 */
export interface MediaTrackConstraints extends MediaTrackConstraintSet {
  advanced?: MediaTrackConstraintSet[];
}

/** mediacapture-main §4.3.4 */
export interface MediaTrackSupportedConstraints {
  aspectRatio?: boolean;
  autoGainControl?: boolean;
  backgroundBlur?: boolean;
  channelCount?: boolean;
  deviceId?: boolean;
  echoCancellation?: boolean;
  facingMode?: boolean;
  frameRate?: boolean;
  groupId?: boolean;
  height?: boolean;
  latency?: boolean;
  noiseSuppression?: boolean;
  resizeMode?: boolean;
  sampleRate?: boolean;
  sampleSize?: boolean;
  voiceIsolation?: boolean;
  width?: boolean;
}

/** The name of a constrainable property. */
export type Property = keyof MediaTrackConstraintSet;

/** mediacapture-main §4.3.8: the constrainable properties that apply to tracks of a kind. */
export const PROPERTIES: Readonly<Record<MediaStreamTrackKind, readonly Property[]>> = {
  audio: [
    "autoGainControl",
    "channelCount",
    "deviceId",
    "echoCancellation",
    "groupId",
    "latency",
    "noiseSuppression",
    "sampleRate",
    "sampleSize",
    "voiceIsolation",
  ],
  video: [
    "aspectRatio",
    "backgroundBlur",
    "deviceId",
    "facingMode",
    "frameRate",
    "groupId",
    "height",
    "resizeMode",
    "width",
  ],
};

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

const constrainULong = numeric("ConstrainULongRange", clampedUnsignedLong);
const constrainDouble = numeric("ConstrainDoubleRange", double);
const constrainBoolean: Converter<ConstrainBoolean> = dictionaryOr(
  boolean,
  dictionary("ConstrainBooleanParameters", { exact: optional(boolean), ideal: optional(boolean) }),
);
/** `(boolean or DOMString)`; its strings are not in the type, see {@link MediaTrackSettings}. */
const booleanOrString: Converter<boolean> = (value, context) =>
  typeof value === "boolean" ? value : (domString(value, context) as unknown as boolean);
const constrainBooleanOrString: Converter<ConstrainBoolean> = dictionaryOr(
  booleanOrString,
  dictionary("ConstrainBooleanOrDOMStringParameters", {
    exact: optional(booleanOrString),
    ideal: optional(booleanOrString),
  }),
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
  echoCancellation: optional(constrainBooleanOrString),
  facingMode: optional(constrainString),
  frameRate: optional(constrainDouble),
  groupId: optional(constrainString),
  height: optional(constrainULong),
  latency: optional(constrainDouble),
  noiseSuppression: optional(constrainBoolean),
  resizeMode: optional(constrainString),
  sampleRate: optional(constrainULong),
  sampleSize: optional(constrainULong),
  voiceIsolation: optional(constrainBoolean),
  width: optional(constrainULong),
});

/** WebIDL converter of `MediaTrackConstraints`. */
export const convertConstraints: Converter<MediaTrackConstraints> = dictionary(
  "MediaTrackConstraints",
  { advanced: optional(sequence(convertConstraintSet)) },
  convertConstraintSet,
);
