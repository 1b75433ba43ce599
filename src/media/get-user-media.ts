/** mediacapture-main §10.1.1 getUserMedia(). There is no document: it is always in view, active and allowed to ask. */
import { boolean, type Converter, isObject } from "../webidl/convert.ts";
import { defaulted, dictionary } from "../webidl/dictionary.ts";
import { convertConstraints, type MediaTrackConstraints, PROPERTIES, type Property } from "./constraints.ts";
import { devices, type PresentDevice } from "./devices.ts";
import { MediaStream } from "./MediaStream.ts";
import { constrainedTrackFrom, type MediaStreamTrack, overconstrained } from "./MediaStreamTrack.ts";
import { selectSettings } from "./select-settings.ts";
import type { MediaStreamTrackKind } from "./track-source.ts";

/** mediacapture-main §10.2 */
export interface MediaStreamConstraints {
  audio?: boolean | MediaTrackConstraints;
  video?: boolean | MediaTrackConstraints;
}

const booleanOrConstraints: Converter<boolean | MediaTrackConstraints> = (value, context) =>
  isObject(value) || value === null ? convertConstraints(value, context) : boolean(value, context);

/** WebIDL converter of `MediaStreamConstraints`. */
export const convertStreamConstraints = dictionary("MediaStreamConstraints", {
  audio: defaulted(booleanOrConstraints, false),
  video: defaulted(booleanOrConstraints, false),
});

/** What is asked for of one kind. */
export interface Request {
  readonly kind: MediaStreamTrackKind;
  readonly constraints: MediaTrackConstraints;
}

/** A device that can meet the constraints, and how well. */
interface Candidate {
  readonly device: PresentDevice;
  readonly distance: number;
}

/** What is asked for of each kind; throws if that is nothing. */
export function requestsOf(constraints: ReturnType<typeof convertStreamConstraints>): Request[] {
  const requests = (["audio", "video"] as const).flatMap((kind) => requestOf(kind, constraints[kind]));
  if (requests.length === 0) throw new TypeError("At least one of audio and video must be asked for.");
  return requests;
}

/** The steps of `getUserMedia()` that run in parallel. */
export async function openStream(requests: readonly Request[]): Promise<MediaStream> {
  // A denied permission hides whether there are devices, and which ("getUserMedia specific failure is allowed").
  if (requests.some(({ kind }) => devices.isDenied(kind))) {
    throw new DOMException("Permission denied.", "NotAllowedError");
  }
  for (const request of requests) refuseRequiredConstraints(request);
  const candidates = requests.map(candidatesFor);
  const tracks: MediaStreamTrack[] = [];
  try {
    for (const [index, request] of requests.entries()) {
      tracks.push(await openBest(request, candidates[index]!));
    }
  } catch (error) {
    for (const track of tracks) track.stop();
    throw error;
  }
  return new MediaStream(tracks);
}

/** Constraints on properties that the kind does not have are removed. */
function requestOf(kind: MediaStreamTrackKind, given: boolean | MediaTrackConstraints): Request[] {
  if (given === false) return [];
  const constraints: MediaTrackConstraints = given === true ? {} : { ...given };
  for (const name of Object.keys(constraints)) {
    if (name !== "advanced" && !PROPERTIES[kind].includes(name as Property)) {
      delete constraints[name as Property];
    }
  }
  // §4.3.8: an empty deviceId, as enumerateDevices() tells it before the first call, asks for nothing.
  const { deviceId } = constraints;
  const exact = isObject(deviceId) && !Array.isArray(deviceId) ? deviceId.exact : undefined;
  if (exact === "") delete constraints.deviceId;
  return [{ kind, constraints }];
}

/** Everything but this is in the "list of allowed required constraints for device selection". */
const NOT_FOR_SELECTION: readonly Property[] = ["backgroundBlur"];

function refuseRequiredConstraints({ constraints }: Request): void {
  for (const property of NOT_FOR_SELECTION) {
    const constraint = constraints[property];
    if (isObject(constraint) && "exact" in constraint) {
      throw new TypeError(`'${property}' cannot be required when a device is chosen.`);
    }
  }
}

/** The devices that can do what is required, the best first; the order in which they came decides between equals. */
function candidatesFor({ kind, constraints }: Request): Candidate[] {
  const present = devices.of(kind);
  if (present.length === 0) throw new DOMException(`There is no device for ${kind}.`, "NotFoundError");
  const selections = present.map((device) => ({
    device,
    selection: selectSettings(kind, device, constraints),
  }));
  const able = selections.flatMap(({ device, selection }) =>
    "settings" in selection ? [{ device, distance: selection.distance }] : [],
  );
  if (able.length === 0) {
    const [first] = selections.flatMap(({ selection }) =>
      "failedConstraint" in selection ? [selection.failedConstraint] : [],
    );
    throw overconstrained(first!);
  }
  return able.sort((a, b) => a.distance - b.distance);
}

async function openBest(
  { kind, constraints }: Request,
  candidates: readonly Candidate[],
): Promise<MediaStreamTrack> {
  for (const { device } of candidates) {
    const selection = selectSettings(kind, device, constraints);
    if (!("settings" in selection)) continue;
    try {
      return constrainedTrackFrom(await device.open(selection.settings), constraints);
    } catch {
      // The next candidate is tried: "restart these sub steps with the updated finalSet".
    }
  }
  throw new DOMException(`No device for ${kind} could be started.`, "NotReadableError");
}
