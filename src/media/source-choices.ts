/**
 * What the tracks of a source can be set to. A settings dictionary (mediacapture-main §11.1.1) is put together from one
 * choice of each group: the properties of different groups do not depend on each other, so that "every possible settings
 * dictionary" never has to be written out. Ranges are endless; of these, the values that can be the best answer to the
 * constraints at hand are tried: the default, the ends, and whatever the constraints name.
 */
import type { MediaTrackCapabilities, MediaTrackSettings, Property } from "./constraints.ts";

/** A size and frame rate that a video source has by itself: pixels, and frames per second. */
export interface VideoMode {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/** Capabilities other than those that follow from the modes of a video source, and from what it is. */
export interface ControlledCapabilities
  extends Omit<
    MediaTrackCapabilities,
    | "aspectRatio"
    | "deviceId"
    | "echoCancellation"
    | "frameRate"
    | "groupId"
    | "height"
    | "resizeMode"
    | "width"
  > {
  /** Booleans first, then "all" and "remote-only" as the source has them. */
  echoCancellation?: (boolean | string)[];
}

/** What a source says of itself. */
export interface SourceDescription {
  /** What it is set to, or starts with; also what it cannot change, such as `deviceId`. */
  readonly settings: MediaTrackSettings;
  readonly capabilities: ControlledCapabilities;
  /** In the order of preference. Empty: size and frame rate cannot be chosen. */
  readonly modes: readonly VideoMode[];
}

/** A part of a settings dictionary. All choices of a group have the same properties; the default comes first. */
export type Choice = Readonly<MediaTrackSettings>;

/** The numbers that constraints name for a property. */
export type NamedValues = (property: Property) => readonly number[];

/** Values of one range that are tried; more than an application names in earnest. */
export const MAX_VALUES_PER_RANGE = 32;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The groups of choices of a source. */
export function choicesOf(description: SourceDescription, named: NamedValues): readonly Choice[][] {
  const { settings, capabilities, modes } = description;
  const groups = modes.length > 0 ? [geometries(modes, named)] : [];
  for (const [name, capability] of Object.entries(capabilities)) {
    const property = name as keyof ControlledCapabilities;
    groups.push(valuesOf(property, capability, settings, named).map((value) => ({ [property]: value })));
  }
  for (const [property, value] of Object.entries(settings)) {
    const chosen = groups.some((group) => property in group[0]!);
    if (!chosen) groups.push([{ [property]: value }]);
  }
  return groups;
}

/** mediacapture-main §4.3.5 */
export function capabilitiesOf(description: SourceDescription): MediaTrackCapabilities {
  const { settings, capabilities, modes } = description;
  const ofModes = modes.length > 0 ? capabilitiesOfModes(modes) : {};
  const result: Record<string, unknown> = { ...ofModes, ...structuredClone(capabilities) };
  for (const [property, value] of Object.entries(settings)) {
    if (property in result) continue;
    if (typeof value === "number") result[property] = { max: value, min: value };
    else result[property] = property === "deviceId" || property === "groupId" ? value : [value];
  }
  return result;
}

/** §4.3.8: sizes begin at 1, frame rates at 0, for the source is scaled down and its frames are left out. */
function capabilitiesOfModes(modes: readonly VideoMode[]): MediaTrackCapabilities {
  const width = Math.max(...modes.map((mode) => mode.width));
  const height = Math.max(...modes.map((mode) => mode.height));
  return {
    width: { max: width, min: 1 },
    height: { max: height, min: 1 },
    aspectRatio: { max: width, min: ratio(1, height) },
    frameRate: { max: Math.max(...modes.map((mode) => mode.frameRate)), min: 0 },
    resizeMode: ["none", "crop-and-scale"],
  };
}

function valuesOf(
  property: keyof ControlledCapabilities,
  capability: ControlledCapabilities[typeof property],
  settings: MediaTrackSettings,
  named: NamedValues,
): readonly unknown[] {
  const initial = settings[property];
  if (Array.isArray(capability)) {
    return initial === undefined ? capability : [...new Set<unknown>([initial, ...capability])];
  }
  const range = { min: capability?.min ?? 0, max: capability?.max ?? Number.MAX_VALUE };
  const wholeNumbers = property !== "latency";
  return valuesIn(range, named(property), (initial as number | undefined) ?? range.max, wholeNumbers);
}

/** The values of a range that are worth a try: the preferred one, then the others from the largest. */
function valuesIn(
  { min, max }: Range,
  named: readonly number[],
  preferred: number,
  wholeNumbers: boolean,
): number[] {
  const inside = named.filter((value) => value > min && value < max);
  const usable = wholeNumbers ? inside.filter(Number.isInteger) : inside;
  const others = [max, ...usable.slice(0, MAX_VALUES_PER_RANGE), min].sort((a, b) => b - a);
  return [...new Set([preferred, ...others])];
}

/**
 * Sizes and frame rates. Each mode as it is (`resizeMode` "none", but "crop-and-scale" includes that, §4.3.3.2), then what
 * cropping, scaling and leaving out frames make of it.
 */
function geometries(modes: readonly VideoMode[], named: NamedValues): Choice[] {
  const native = modes.flatMap((mode) => [choice(mode, "none"), choice(mode, "crop-and-scale")]);
  const derived = modes.flatMap((mode) => {
    const rates = valuesIn({ min: 0, max: mode.frameRate }, named("frameRate"), mode.frameRate, false);
    return sizes(mode, named).flatMap(([width, height]) =>
      rates.map((frameRate) => choice({ width, height, frameRate }, "crop-and-scale")),
    );
  });
  return [...native, ...derived];
}

function choice({ width, height, frameRate }: VideoMode, resizeMode: string): Choice {
  return { width, height, frameRate, aspectRatio: ratio(width, height), resizeMode };
}

/** §4.3.8: "rounded to the tenth decimal place". */
export function ratio(width: number, height: number): number {
  return roundedRatio(width / height);
}

/** The same of a quotient that an application has worked out. */
export function roundedRatio(quotient: number): number {
  return Math.round(quotient * 1e10) / 1e10;
}

type Size = readonly [width: number, height: number];

/** The sizes within a mode that are worth a try; those with the mode's own aspect ratio come first. */
function sizes(mode: VideoMode, named: NamedValues): Size[] {
  const widths = valuesIn({ min: 1, max: mode.width }, named("width"), mode.width, true);
  const heights = valuesIn({ min: 1, max: mode.height }, named("height"), mode.height, true);
  const ratios = named("aspectRatio")
    .filter((value) => value > 0)
    .slice(0, MAX_VALUES_PER_RANGE);
  const pairs = widths.flatMap((width) => heights.map((height): Size => [width, height]));
  const result: Size[] = [];
  for (const quotient of [mode.width / mode.height, ...ratios]) {
    for (const width of widths) result.push(...besideWidth(width, quotient));
    for (const height of heights) result.push(...besideHeight(height, quotient));
  }
  for (const quotient of ratios) result.push(...pairs.flatMap((pair) => exactlyWithin(pair, quotient)));
  result.push(...pairs);
  return result.filter(
    ([width, height]) => width >= 1 && height >= 1 && width <= mode.width && height <= mode.height,
  );
}

function besideWidth(width: number, quotient: number): Size[] {
  const height = width / quotient;
  return [
    [width, Math.round(height)],
    [width, Math.floor(height)],
    [width, Math.ceil(height)],
  ];
}

function besideHeight(height: number, quotient: number): Size[] {
  const width = height * quotient;
  return [
    [Math.round(width), height],
    [Math.floor(width), height],
    [Math.ceil(width), height],
  ];
}

/** The largest size within the given one that has exactly this aspect ratio, if there is any. */
function exactlyWithin([maxWidth, maxHeight]: Size, quotient: number): Size[] {
  const wanted = roundedRatio(quotient);
  for (let height = Math.min(maxHeight, Math.floor(maxWidth / quotient)); height > 0; height--) {
    const width = Math.round(height * quotient);
    if (ratio(width, height) === wanted) return [[width, height]];
  }
  return [];
}
