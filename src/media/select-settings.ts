/** mediacapture-main §11.1.1: fitness distance and the SelectSettings algorithm. */
import { isObject } from "../webidl/convert.ts";
import {
  type MediaTrackConstraintSet,
  type MediaTrackConstraints,
  type MediaTrackSettings,
  PROPERTIES,
  type Property,
} from "./constraints.ts";
import { type Choice, choicesOf, roundedRatio, type SourceDescription } from "./source-choices.ts";
import type { MediaStreamTrackKind } from "./track-source.ts";

/** What the algorithm yields: the settings, or the constraint that rules out all of them. */
export type Selection =
  | { readonly settings: MediaTrackSettings; readonly distance: number }
  | { readonly failedConstraint: Property };

/** Longest string in a constraint: the standard knows no limit, browsers and their tests do. */
export const MAX_CONSTRAINT_STRING_LENGTH = 500;

type Value = string | number | boolean;

/** One constraint in one form, whatever the application has written. */
interface Constraint {
  readonly exact: readonly Value[] | undefined;
  readonly ideal: readonly Value[] | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

type ConstraintSet = ReadonlyMap<Property, Constraint>;

/** The SelectSettings algorithm for a source of a kind. */
export function selectSettings(
  kind: MediaStreamTrackKind,
  source: SourceDescription,
  constraints: MediaTrackConstraints,
): Selection {
  const basic = readSet(kind, constraints, "ideal");
  const advanced = (constraints.advanced ?? []).map((set) => readSet(kind, set, "exact"));
  const tooLong = overlong([basic, ...advanced]);
  if (tooLong !== undefined) return { failedConstraint: tooLong };
  // Steps 1 to 3
  const all = choicesOf(source, (property) => numbersNamed([basic, ...advanced], property));
  let groups = restrict(all, basic);
  if (groups === undefined) return { failedConstraint: failing(all, basic) };
  // Step 5: a set that cannot be met is ignored.
  for (const set of advanced) groups = restrict(groups, set) ?? groups;
  // Step 6
  const settings = Object.assign({}, ...groups.map((group) => nearest(group, basic))) as MediaTrackSettings;
  return { settings, distance: distance(settings, basic) };
}

/** The constraints of a set that apply to the kind. An empty list is as good as no constraint. */
function readSet(
  kind: MediaStreamTrackKind,
  set: MediaTrackConstraintSet,
  bareValuesAre: "ideal" | "exact",
): ConstraintSet {
  const result = new Map<Property, Constraint>();
  for (const property of PROPERTIES[kind]) {
    const given = set[property];
    if (given === undefined) continue;
    const range: Record<string, unknown> =
      isObject(given) && !Array.isArray(given) ? { ...given } : { [bareValuesAre]: given };
    result.set(property, {
      exact: listOf(property, range.exact),
      ideal: listOf(property, range.ideal),
      min: listOf(property, range.min)?.[0] as number | undefined,
      max: listOf(property, range.max)?.[0] as number | undefined,
    });
  }
  return result;
}

function listOf(property: Property, given: unknown): readonly Value[] | undefined {
  if (given === undefined) return undefined;
  const list = Array.isArray(given) ? (given as string[]) : [given as Value];
  if (list.length === 0) return undefined;
  return property === "aspectRatio" ? list.map((value) => roundedRatio(value as number)) : list;
}

function numbersNamed(sets: readonly ConstraintSet[], property: Property): number[] {
  return sets.flatMap((set) => {
    const { exact, ideal, min, max } = set.get(property) ?? {};
    const named: unknown[] = [...(exact ?? []), ...(ideal ?? []), min, max];
    return named.filter((value) => typeof value === "number");
  });
}

function overlong(sets: readonly ConstraintSet[]): Property | undefined {
  const isLong = (value: Value) => typeof value === "string" && value.length > MAX_CONSTRAINT_STRING_LENGTH;
  for (const set of sets) {
    for (const [property, { exact, ideal }] of set) {
      if (exact?.some(isLong) || ideal?.some(isLong)) return property;
    }
  }
  return undefined;
}

/** What is left of every group; undefined when nothing is left of one. */
function restrict(groups: readonly Choice[][], set: ConstraintSet): readonly Choice[][] | undefined {
  const left = groups.map((group) =>
    group.filter((choice) =>
      [...set].every(
        ([property, constraint]) => !(property in choice) || meets(choice[property], constraint),
      ),
    ),
  );
  const absent = [...set].some(([property, constraint]) => !has(groups, property) && isRequired(constraint));
  return absent || left.some((group) => group.length === 0) ? undefined : left;
}

/**
 * The constraint to name: one that nothing meets; or, when each can be met but not all together, the one after which
 * nothing is left. `resizeMode` comes first: the other constraints are about what it allows.
 */
function failing(groups: readonly Choice[][], set: ConstraintSet): Property {
  const constraints = [...set].sort(([a], [b]) => Number(b === "resizeMode") - Number(a === "resizeMode"));
  const alone = constraints.find((one) => restrict(groups, new Map([one])) === undefined);
  if (alone) return alone[0];
  const count = constraints.findIndex(
    (_, index) => restrict(groups, new Map(constraints.slice(0, index + 1))) === undefined,
  );
  return constraints[count]![0];
}

function has(groups: readonly Choice[][], property: Property): boolean {
  return groups.some((group) => property in group[0]!);
}

function isRequired({ exact, min, max }: Constraint): boolean {
  return exact !== undefined || min !== undefined || max !== undefined;
}

function meets(actual: unknown, { exact, min, max }: Constraint): boolean {
  if (exact !== undefined && !exact.includes(actual as Value)) return false;
  if (min !== undefined && !((actual as number) >= min)) return false;
  return max === undefined || (actual as number) <= max;
}

/** The first of the choices with the smallest distance: the default, if that is one of them. */
function nearest(group: readonly Choice[], set: ConstraintSet): Choice {
  const properties = new Map([...set].filter(([property]) => property in group[0]!));
  let best = group[0]!;
  let bestDistance = distance(best, properties);
  for (const choice of group) {
    const d = distance(choice, properties);
    if (d < bestDistance) [best, bestDistance] = [choice, d];
  }
  return best;
}

/** "Fitness distance" of settings that meet what is required. */
function distance(settings: Choice, set: ConstraintSet): number {
  let sum = 0;
  for (const [property, { ideal }] of set) {
    const actual = settings[property];
    if (actual === undefined) sum += 1;
    else if (ideal !== undefined) sum += distanceToIdeal(actual, ideal);
  }
  return sum;
}

function distanceToIdeal(actual: Value, ideal: readonly Value[]): number {
  if (ideal.includes(actual)) return 0;
  const wanted = ideal[0];
  if (typeof actual !== "number" || typeof wanted !== "number") return 1;
  return Math.abs(actual - wanted) / Math.max(Math.abs(actual), Math.abs(wanted));
}
