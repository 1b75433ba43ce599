/**
 * Made-up devices, for tests and bots: what browsers have behind a switch ("fake devices"). They offer all the choices that
 * real ones offer, so that an application's constraints can be tried; since there is nothing to hear or see, every kind of
 * processing can be had.
 */

import { type AddedDevice, addDevice, type Device } from "../devices.ts";
import { feedGreyPicture } from "./camera.ts";
import { feedSilence } from "./microphone.ts";

const GROUP = "fake-devices";

const MICROPHONE: Device = {
  kind: "audioinput",
  label: "Fake microphone",
  groupId: GROUP,
  settings: {
    autoGainControl: true,
    channelCount: 1,
    echoCancellation: true,
    latency: 0.01,
    noiseSuppression: true,
    sampleRate: 48_000,
    sampleSize: 16,
    voiceIsolation: false,
  },
  capabilities: {
    autoGainControl: [true, false],
    channelCount: { min: 1, max: 2 },
    echoCancellation: [true, false, "all", "remote-only"],
    latency: { min: 0.0025, max: 0.06 },
    noiseSuppression: [true, false],
    sampleRate: { min: 8_000, max: 48_000 },
    sampleSize: { min: 16, max: 16 },
    voiceIsolation: [true, false],
  },
  open: feedSilence,
};

const CAMERA: Device = {
  kind: "videoinput",
  label: "Fake camera",
  groupId: GROUP,
  settings: { backgroundBlur: false, facingMode: "user" },
  modes: [
    { width: 640, height: 480, frameRate: 30 },
    { width: 1280, height: 720, frameRate: 30 },
    { width: 1920, height: 1080, frameRate: 30 },
    { width: 320, height: 240, frameRate: 60 },
  ],
  open(source, settings) {
    let current = settings;
    source.onsettings = ([first]) => {
      current = first ?? current;
    };
    feedGreyPicture(source, () => current);
  },
};

/** Adds a microphone and a camera that are made up. `remove()` takes both away. */
export function addFakeDevices(): Pick<AddedDevice, "remove"> {
  const added = [addDevice(MICROPHONE), addDevice(CAMERA)];
  return {
    remove() {
      for (const device of added) device.remove();
    },
  };
}
