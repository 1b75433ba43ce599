/**
 * The microphones and cameras that `getUserMedia()` can open. Node.js knows of none: an application brings its own
 * ({@link addDevice}), or made-up ones as browsers have them for tests (`fake/devices.ts`).
 */
import type { MediaTrackCapabilities, MediaTrackSettings } from "./constraints.ts";
import {
  type ControlledCapabilities,
  capabilitiesOf,
  type SourceDescription,
  type VideoMode,
} from "./source-choices.ts";
import { type MediaStreamTrackKind, TrackSource } from "./track-source.ts";

/** A microphone or camera, as an application describes it. */
export interface Device {
  readonly kind: "audioinput" | "videoinput";
  /** For people, for example "USB camera". */
  readonly label: string;
  /** Unique among the devices of its kind; random when left out. Give one to have it stay the same between runs. */
  readonly deviceId?: string;
  /** The same for all devices in one housing; random when left out. */
  readonly groupId?: string;
  /** What it is set to, as far as the application cannot choose; the defaults of what it can. */
  readonly settings?: MediaTrackSettings;
  /** What applications may choose from. Nothing when left out. */
  readonly capabilities?: ControlledCapabilities;
  /** The sizes and frame rates of a camera, in the order of preference. */
  readonly modes?: readonly VideoMode[];
  /**
   * Starts the device for `source`, whose `onunused` tells when to stop it, and `onsettings` when it shall yield something
   * else. `settings` are those of the first track. If it throws or rejects, the device cannot be read for now.
   */
  open?(source: TrackSource, settings: MediaTrackSettings): void | Promise<void>;
}

/** What has been added, to be taken away. */
export interface AddedDevice {
  /** As `MediaDeviceInfo` has it. */
  readonly deviceId: string;
  /** Unplugs the device: its tracks end. Idempotent. */
  remove(): void;
}

/** mediacapture-main §10.1: the permissions that protect the devices. */
export type DevicePermission = "microphone" | "camera";

/** What a person would answer when asked. */
export type DevicePermissionAnswer = "granted" | "denied";

/** The names of what goes with each kind of track. */
export const KINDS: Readonly<
  Record<MediaStreamTrackKind, { input: Device["kind"]; permission: DevicePermission }>
> = {
  audio: { input: "audioinput", permission: "microphone" },
  video: { input: "videoinput", permission: "camera" },
};

/** A device that is there. */
export class PresentDevice implements SourceDescription {
  readonly kind: MediaStreamTrackKind;
  readonly label: string;
  readonly deviceId: string;
  readonly groupId: string;
  readonly settings: MediaTrackSettings;
  readonly capabilities: ControlledCapabilities;
  readonly modes: readonly VideoMode[];
  readonly #open: ((source: TrackSource, settings: MediaTrackSettings) => void | Promise<void>) | undefined;
  /** Those that have started or are about to. */
  #sources: TrackSource[] = [];

  constructor(device: Device) {
    this.kind = device.kind === "audioinput" ? "audio" : "video";
    this.label = device.label;
    this.deviceId = device.deviceId ?? randomId();
    this.groupId = device.groupId ?? randomId();
    this.settings = { ...device.settings, deviceId: this.deviceId, groupId: this.groupId };
    this.capabilities = structuredClone(device.capabilities ?? {});
    this.modes = (device.modes ?? []).map((mode) => ({ ...mode }));
    this.#open = device.open?.bind(device);
  }

  /** Whether it feeds a live track. */
  get inUse(): boolean {
    return this.#sources.some((source) => source.inUse);
  }

  /** What `getCapabilities()` of its tracks will return. */
  allCapabilities(): MediaTrackCapabilities {
    return capabilitiesOf(this);
  }

  /** A source of its own for one call of `getUserMedia()`, started. Rejects if the device cannot be started. */
  async open(settings: MediaTrackSettings): Promise<TrackSource> {
    const { label, capabilities, modes } = this;
    const source = new TrackSource(this.kind, { label, settings: this.settings, capabilities, modes });
    this.#sources = [...this.#sources.filter((other) => !other.isReleased), source];
    try {
      await this.#open?.(source, { ...settings });
      if (source.hasEnded) throw new Error("the device was unplugged while it started.");
    } catch (error) {
      this.#sources = this.#sources.filter((other) => other !== source);
      throw error;
    }
    return source;
  }

  /** Ends all its tracks. */
  endTracks(): void {
    const sources = this.#sources;
    this.#sources = [];
    for (const source of sources) source.end();
  }
}

/** Tells what has changed: the devices that are new. */
type DevicesListener = (added: readonly PresentDevice[]) => void;

/** All devices and permissions of this process. */
class DeviceRegistry {
  readonly #devices = new Set<PresentDevice>();
  readonly #answers = new Map<DevicePermission, DevicePermissionAnswer>();
  /** Called after each change. */
  onchange: DevicesListener | null = null;

  /** In the order in which they came: the first of a kind is the default. */
  all(): PresentDevice[] {
    return [...this.#devices];
  }

  of(kind: MediaStreamTrackKind): PresentDevice[] {
    return this.all().filter((device) => device.kind === kind);
  }

  add(device: Device): AddedDevice {
    const present = new PresentDevice(device);
    if (this.of(present.kind).some(({ deviceId }) => deviceId === present.deviceId)) {
      throw new TypeError(`there is a device '${present.deviceId}' of this kind already.`);
    }
    this.#devices.add(present);
    this.onchange?.([present]);
    return {
      deviceId: present.deviceId,
      remove: () => {
        if (!this.#devices.delete(present)) return;
        present.endTracks();
        this.onchange?.([]);
      },
    };
  }

  isDenied(kind: MediaStreamTrackKind): boolean {
    return this.#answers.get(KINDS[kind].permission) === "denied";
  }

  setPermission(name: DevicePermission, answer: DevicePermissionAnswer): void {
    this.#answers.set(name, answer);
    // mediacapture-main §4.3.1.2, the device permission revocation algorithm
    if (answer !== "denied") return;
    for (const device of this.#devices) if (KINDS[device.kind].permission === name) device.endTracks();
  }
}

/** The one registry of this process. */
export const devices = new DeviceRegistry();

/** Plugs a device in: `navigator.mediaDevices` of this process finds it from now on. */
export function addDevice(device: Device): AddedDevice {
  return devices.add(device);
}

/**
 * Sets what a person would answer, each time that `getUserMedia()` asks: "granted" until set otherwise. "denied" makes it
 * reject with NotAllowedError, and ends the tracks of such devices. No answer lasts: the state of the permission, as the
 * standard names it, stays "prompt".
 */
export function setPermission(name: DevicePermission, answer: DevicePermissionAnswer): void {
  devices.setPermission(name, answer);
}

/** mediacapture-main §9.3.1: unique, and not to be guessed. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
