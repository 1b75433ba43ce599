import { afterEach, describe, expect, test } from "vitest";
import { type AddedDevice, addDevice, type Device, setPermission } from "./devices.ts";
import { addFakeDevices } from "./fake/devices.ts";
import type { MediaDeviceInfo } from "./MediaDeviceInfo.ts";
import { InputDeviceInfo } from "./MediaDeviceInfo.ts";
import { MediaDevices, mediaDevices } from "./MediaDevices.ts";
import type { TrackSource } from "./track-source.ts";

const added: Pick<AddedDevice, "remove">[] = [];

function plugIn(device: Partial<Device> = {}): AddedDevice {
  const result = addDevice({ kind: "videoinput", label: "Camera", ...device });
  added.push(result);
  return result;
}

/** Waits until the events of what has happened so far were fired. */
const eventsFired = () => new Promise((resolve) => setTimeout(resolve, 0));

afterEach(async () => {
  for (const device of added.splice(0)) device.remove();
  await eventsFired();
});

function nextChange(): Promise<readonly MediaDeviceInfo[]> {
  return new Promise((resolve) => {
    mediaDevices.addEventListener("devicechange", (event) => resolve(event.devices), { once: true });
  });
}

// The order of these tests matters: what can be known of devices grows with the first getUserMedia() of a process.
describe("before the first getUserMedia() (mediacapture-main §9.2.3)", () => {
  test("there is no device, and NotFoundError says so", async () => {
    expect(await mediaDevices.enumerateDevices()).toEqual([]);
    const denied = mediaDevices.getUserMedia({ audio: true });
    await expect(denied).rejects.toMatchObject({ name: "NotFoundError" });
    await expect(mediaDevices.getUserMedia()).rejects.toBeInstanceOf(TypeError);
    expect(() => new MediaDevices()).toThrow(TypeError);
  });

  test("one device of each kind is seen, without what tells it from others", async () => {
    plugIn();
    plugIn();
    const [info, ...others] = await mediaDevices.enumerateDevices();
    expect(others).toEqual([]);
    expect(info!.toJSON()).toEqual({ deviceId: "", kind: "videoinput", label: "", groupId: "" });
    expect((info as InputDeviceInfo).getCapabilities()).toEqual({});
  });

  test("the first device of a kind makes devicechange fire, the second does not show", async () => {
    const change = nextChange();
    plugIn();
    expect(await change).toHaveLength(1);
    let fired = false;
    mediaDevices.ondevicechange = () => {
      fired = true;
    };
    plugIn();
    await eventsFired();
    mediaDevices.ondevicechange = null;
    expect(fired).toBe(false);
  });
});

describe("getUserMedia() (§10.1.1)", () => {
  test("gives tracks of the first device of each kind, microphone first", async () => {
    added.push(addFakeDevices());
    const stream = await mediaDevices.getUserMedia({ video: true, audio: true });
    expect(stream.getTracks().map(({ kind, label }) => [kind, label])).toEqual([
      ["audio", "Fake microphone"],
      ["video", "Fake camera"],
    ]);
    const [microphone, camera] = await mediaDevices.enumerateDevices();
    expect(camera!.groupId).toBe(microphone!.groupId);
    const track = stream.getAudioTracks()[0]!;
    expect(track.getSettings()).toMatchObject({ deviceId: microphone!.deviceId, sampleRate: 48_000 });
    expect((microphone as InputDeviceInfo).getCapabilities()).toEqual(track.getCapabilities());
    expect(microphone).toBeInstanceOf(InputDeviceInfo);
  });

  test("takes the device that fits best, and starts it with the settings chosen", async () => {
    const opened: unknown[] = [];
    plugIn({ label: "small", modes: [{ width: 320, height: 240, frameRate: 15 }] });
    plugIn({
      label: "large",
      modes: [{ width: 1920, height: 1080, frameRate: 60 }],
      open: (source, { width, height }) => void opened.push(source.label, width, height),
    });
    const stream = await mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
    expect(opened).toEqual(["large", 1280, 720]);
    expect(stream.getTracks()[0]!.getConstraints()).toEqual({ width: 1280, height: 720 });
  });

  test("names the constraint that no device meets", async () => {
    plugIn();
    const failed = mediaDevices.getUserMedia({ video: { deviceId: { exact: "other" } } });
    await expect(failed).rejects.toMatchObject({ name: "OverconstrainedError", constraint: "deviceId" });
    await mediaDevices.getUserMedia({ video: { deviceId: { exact: "" } } });
    const refused = mediaDevices.getUserMedia({ video: { backgroundBlur: { exact: true } } });
    await expect(refused).rejects.toBeInstanceOf(TypeError);
  });

  test("tries the next device when one cannot be started, then gives up with NotReadableError", async () => {
    const busy = { open: () => Promise.reject(new Error("busy")) };
    plugIn({ label: "busy", ...busy });
    await expect(mediaDevices.getUserMedia({ video: true })).rejects.toMatchObject({
      name: "NotReadableError",
    });
    plugIn({ label: "idle" });
    const stream = await mediaDevices.getUserMedia({ video: true });
    expect(stream.getTracks()[0]!.label).toBe("idle");
  });

  test("a failure leaves no device running", async () => {
    let running = 0;
    plugIn({
      kind: "audioinput",
      open: (source) => {
        running++;
        source.onunused = () => running--;
      },
    });
    plugIn({ open: () => Promise.reject(new Error("busy")) });
    await expect(mediaDevices.getUserMedia({ audio: true, video: true })).rejects.toThrow(DOMException);
    expect(running).toBe(0);
  });

  test("a denied permission rejects, whether there are devices or not, and ends tracks", async () => {
    plugIn();
    const [track] = (await mediaDevices.getUserMedia({ video: true })).getTracks();
    setPermission("camera", "denied");
    expect(track!.readyState).toBe("ended");
    await expect(mediaDevices.getUserMedia({ video: true })).rejects.toMatchObject({
      name: "NotAllowedError",
    });
    setPermission("camera", "granted");
    await mediaDevices.getUserMedia({ video: true });
  });
});

describe("a device", () => {
  test("learns what its tracks are set to, and when nobody uses it", async () => {
    const log: unknown[] = [];
    const open = (source: TrackSource) => {
      source.onsettings = (settings) => log.push(settings.map(({ width }) => width));
      source.onunused = () => log.push("unused");
    };
    plugIn({ modes: [{ width: 640, height: 480, frameRate: 30 }], open });
    const [track] = (await mediaDevices.getUserMedia({ video: true })).getTracks();
    const clone = track!.clone();
    await clone.applyConstraints({ width: { exact: 64 } });
    await expect(clone.applyConstraints({ width: { exact: 641 } })).rejects.toThrow(DOMException);
    expect([track!.getSettings().width, clone.getSettings().width]).toEqual([640, 64]);
    track!.stop();
    clone.stop();
    expect(log).toEqual([[640, 64], "unused"]);
    expect(Object.keys(clone.getSettings())).toEqual(["deviceId", "groupId"]);
  });

  test("ends its tracks when it is unplugged, also while it starts, and devicechange fires", async () => {
    plugIn();
    const device = plugIn({ deviceId: "second" });
    expect(() => plugIn({ deviceId: "second" })).toThrow(TypeError);
    const constraints = { video: { deviceId: { exact: "second" } } };
    const [track] = (await mediaDevices.getUserMedia(constraints)).getTracks();
    await eventsFired();
    const change = nextChange();
    const starting = mediaDevices.getUserMedia(constraints);
    device.remove();
    await expect(starting).rejects.toMatchObject({ name: "NotReadableError" });
    expect(track!.readyState).toBe("ended");
    expect((await change).map(({ deviceId }) => deviceId)).not.toContain("second");
  });
});
