/** The demo's modules with types. They are plain JavaScript, because the page loads the same files. */

/** Anything that `transfer.js` can hash with. */
export interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): string | Promise<string>;
}

/** The part of an RTCDataChannel that a transfer uses. */
export interface Channel extends EventTarget {
  readonly readyState: string;
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  send(data: string | Uint8Array): void;
}

interface Transfer {
  readonly size: number;
  readonly hash: Hash;
  readonly onProgress?: (bytes: number) => void;
}

export interface FileSender {
  send(): Promise<string>;
  acknowledge(bytes: unknown): void;
  fail(error: Error): void;
}

export interface FileReceiver {
  take(buffer: ArrayBuffer): void;
  end(sha256: string): Promise<string>;
}

export interface ArrivingFile {
  readonly id: string;
  readonly name: string;
  readonly hash: Hash;
  write(chunks: Uint8Array[]): Promise<void>;
  commit(sha256: string): Promise<void>;
  discard(): Promise<void>;
}

export interface FileStore {
  readonly directory: string;
  readonly usedBytes: number;
  on(name: "change", listener: () => void): void;
  list(): { id: string; name: string; size: number; mime: string; sha256: string; from: string }[];
  receive(announcement: Record<string, unknown>, from: string): Promise<ArrivingFile>;
  remove(id: string): Promise<boolean>;
  close(): void;
}

export interface Service {
  readonly port: number;
  readonly directory: string;
  close(): Promise<void>;
}

/** A camera or microphone that is passed on, as members are shown it. */
export interface Act {
  readonly name: string;
  readonly own: boolean;
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly audio: unknown;
  readonly video: unknown;
}

/** A tab, as the stage knows it. */
export interface Member {
  readonly name: string;
  echo: boolean;
  camera: boolean;
  microphone: boolean;
  show(acts: readonly Act[]): void;
}

export interface Stage {
  readonly size: number;
  join(member: Member): void;
  leave(member: Member): void;
  perform(member: Member, tracks: { audio: unknown; video: unknown }): boolean;
  update(): void;
}

export interface TabMedia {
  prepareAnswer(): void;
  show(acts: readonly Act[]): void;
}

type Limits = Partial<Record<"maxFileBytes" | "maxTotalBytes" | "maxFiles", number>>;

export const { Sha256 } = await load<{ Sha256: new () => Hash & { digest(): string } }>("public/sha256.js");

export const { parseSignal, MAX_SIGNAL_BYTES } = await load<{
  parseSignal(text: unknown): { type: string; reason?: string };
  MAX_SIGNAL_BYTES: number;
}>("public/signals.js");

export const { FileSender, FileReceiver, parseControl, WINDOW_BYTES, ACK_BYTES, BUFFER_HIGH_BYTES } =
  await load<{
    FileSender: new (
      channel: Channel,
      options: Transfer & { read: (offset: number, length: number) => Promise<Uint8Array> },
    ) => FileSender;
    FileReceiver: new (
      channel: Channel,
      options: Transfer & { write: (chunks: Uint8Array[]) => Promise<void> },
    ) => FileReceiver;
    parseControl(text: unknown): { type: string } | undefined;
    WINDOW_BYTES: number;
    ACK_BYTES: number;
    BUFFER_HIGH_BYTES: number;
  }>("public/transfer.js");

export const { FileStore, nodeHash } = await load<{
  FileStore: new (limits?: Limits) => FileStore;
  nodeHash(): Hash;
}>("store.mjs");

export const { cleanFileName, MAX_NAME_LENGTH } = await load<{
  cleanFileName(name: unknown): string;
  MAX_NAME_LENGTH: number;
}>("file-name.mjs");

export const { answer } = await load<{
  answer(text: string, context: Record<string, unknown>): string | undefined;
}>("bot.mjs");

export const { startService } = await load<{
  startService(options: {
    RTCPeerConnection: unknown;
    port: number;
    hosts: string[];
    limits?: Limits;
    log?: (line: string) => void;
  }): Promise<Service>;
}>("service.mjs");

export const { Stage, MAX_ACTS } = await load<{
  Stage: new (report: (level: string, text: string) => void) => Stage;
  MAX_ACTS: number;
}>("stage.mjs");

export const { TabMedia, MAX_SECTIONS, forwardedVideo } = await load<{
  TabMedia: new (
    connection: unknown,
    options: {
      videoCodecs: readonly unknown[];
      tell: (message: Record<string, unknown>) => void;
      perform: (tracks: { audio: unknown; video: unknown }) => boolean;
    },
  ) => TabMedia;
  MAX_SECTIONS: number;
  forwardedVideo(capabilities: unknown): readonly unknown[];
}>("tab-media.mjs");

export const { MAX_TABS } = await load<{ MAX_TABS: number }>("lobby.mjs");

async function load<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../demo/${path}`, import.meta.url).href)) as Module;
}
