/** What a made-up camera yields: a grey picture, encoded for each receiver of it as an encoder would. */
import type { MediaTrackSettings } from "../constraints.ts";
import type { MediaSink, TrackSource, WantedEncoding } from "../track-source.ts";
import { greyH264, MAX_H264_SIDE, macroblocks, maxMacroblocks } from "./h264-picture.ts";
import { greyVp8, MAX_VP8_SIDE } from "./vp8-picture.ts";

/** Frames per second, unless the settings name others. */
const FRAME_RATE = 30;
/** Pixels, likewise. */
const WIDTH = 640;
const HEIGHT = 480;

/** Of the codecs that a grey picture can be made in: the frame number `index` after a key frame, which has 0. */
const CODECS: ReadonlyMap<string, (width: number, height: number, index: number) => Uint8Array> = new Map([
  ["video/vp8", (width, height, index) => greyVp8(width, height, index === 0)],
  ["video/h264", greyH264],
]);
const MAX_SIDE = Math.min(MAX_VP8_SIDE, MAX_H264_SIDE);

/** For those who do not say what they want. */
const ANYTHING: WantedEncoding = {
  rid: undefined,
  mimeType: "video/VP8",
  sdpFmtpLine: undefined,
  maxBitrate: undefined,
  maxFramerate: undefined,
  scaleResolutionDownBy: undefined,
  scaleResolutionDownTo: undefined,
  ptime: undefined,
  scalabilityMode: undefined,
};

/** One encoding on its way to one receiver. */
interface Layer {
  mimeType: string;
  width: number;
  height: number;
  /** Frames since the last key frame; undefined: the next one is a key frame. */
  index: number | undefined;
  /** Of the next frame that `maxFramerate` lets through: 1 is enough. */
  credit: number;
}

/**
 * Feeds a video source with a grey picture, in real time, until nobody uses it any more or it has ended: in VP8 or H.264, as
 * the receivers ask. `settings`: width, height and frame rate; looked at before each frame. Keeps no process alive.
 */
export function feedGreyPicture(source: TrackSource, settings: () => MediaTrackSettings): void {
  const camera = new Camera(source, settings);
  source.onkeyframerequest = (rid) => camera.requestKeyFrame(rid);
  source.onunused = () => camera.stop();
}

class Camera {
  readonly #source: TrackSource;
  readonly #settings: () => MediaTrackSettings;
  readonly #layers = new WeakMap<MediaSink, Map<string | undefined, Layer>>();
  readonly #start = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  constructor(source: TrackSource, settings: () => MediaTrackSettings) {
    this.#source = source;
    this.#settings = settings;
    this.#timer = this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** `rid` undefined: of all layers. */
  requestKeyFrame(rid: string | undefined): void {
    for (const sink of this.#source.frameSinks) {
      for (const [name, layer] of this.#layers.get(sink) ?? []) {
        if (rid === undefined || rid === name) layer.index = undefined;
      }
    }
  }

  #frameRate(): number {
    return Math.max(this.#settings().frameRate ?? FRAME_RATE, 1);
  }

  #wait(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => this.#capture(), 1000 / this.#frameRate());
    timer.unref();
    return timer;
  }

  #capture(): void {
    if (this.#source.hasEnded) return;
    this.#timer = this.#wait();
    const timestamp = Math.round((performance.now() - this.#start) * 1000);
    for (const sink of this.#source.frameSinks) {
      for (const encoding of sink.encodings ?? [ANYTHING]) this.#encode(sink, encoding, timestamp);
    }
  }

  #encode(sink: MediaSink, encoding: WantedEncoding, timestamp: number): void {
    const picture = CODECS.get(encoding.mimeType.toLowerCase());
    if (picture === undefined) return;
    const layer = this.#layerOf(sink, encoding);
    const rate = this.#frameRate();
    layer.credit += Math.min(encoding.maxFramerate ?? rate, rate) / rate;
    if (layer.credit < 1) return;
    layer.credit %= 1;
    const index = layer.index ?? 0;
    layer.index = index + 1;
    const { rid, mimeType } = encoding;
    const type = index === 0 ? "key" : "delta";
    const data = picture(layer.width, layer.height, index);
    const absoluteCaptureTime = {
      timestamp: performance.timeOrigin + this.#start + timestamp / 1000,
      clockOffset: 0,
    };
    const frame = { type, data, timestamp, mimeType, absoluteCaptureTime } as const;
    this.#source.writeFrame(rid === undefined ? frame : { ...frame, rid }, sink);
  }

  /** Another codec or size begins with a key frame. */
  #layerOf(sink: MediaSink, encoding: WantedEncoding): Layer {
    const layers = this.#layers.get(sink) ?? new Map<string | undefined, Layer>();
    this.#layers.set(sink, layers);
    const { mimeType } = encoding;
    const { width, height } = sizeOf(this.#settings(), encoding);
    const known = layers.get(encoding.rid);
    if (known?.mimeType === mimeType && known.width === width && known.height === height) return known;
    const layer = { mimeType, width, height, index: undefined, credit: known?.credit ?? 1 };
    layers.set(encoding.rid, layer);
    return layer;
  }
}

/** webrtc-pc §5.2 scaleResolutionDownBy and webrtc-extensions §5.3 scaleResolutionDownTo, which comes first. */
function sizeOf(settings: MediaTrackSettings, encoding: WantedEncoding): { width: number; height: number } {
  const width = Math.min(settings.width ?? WIDTH, MAX_SIDE);
  const height = Math.min(settings.height ?? HEIGHT, MAX_SIDE);
  const scale = scaleOf(width, height, encoding);
  const scaled = (factor: number) => ({
    width: Math.max(Math.floor(width / factor), 1),
    height: Math.max(Math.floor(height / factor), 1),
  });
  if (encoding.mimeType.toLowerCase() !== "video/h264") return scaled(scale);
  // Nothing that the receiver's level does not allow.
  const limit = maxMacroblocks(encoding.sdpFmtpLine);
  for (let factor = scale; ; factor *= 1.1) {
    const size = scaled(factor);
    if (macroblocks(size.width, size.height) <= limit) return size;
  }
}

function scaleOf(width: number, height: number, encoding: WantedEncoding): number {
  const { scaleResolutionDownTo: limit, scaleResolutionDownBy } = encoding;
  if (limit === undefined) return Math.max(scaleResolutionDownBy ?? 1, 1);
  const { maxWidth = MAX_SIDE, maxHeight = MAX_SIDE } = limit;
  const long = Math.max(maxWidth, maxHeight, 1);
  const short = Math.max(Math.min(maxWidth, maxHeight), 1);
  return Math.max(1, Math.max(width, height) / long, Math.min(width, height) / short);
}
