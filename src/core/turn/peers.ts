/**
 * The peers of one allocation: permissions by IP address (RFC 8656 §9), channels by transport address (§12), and what waits
 * for a permission.
 */
import { type Instant, NEVER } from "../base/instant.ts";
import { parseIpAddress } from "../base/ip-address.ts";
import {
  FIRST_CHANNEL,
  LAST_CHANNEL,
  MAX_CHANNELS,
  MAX_PERMISSIONS,
  MAX_WAITING_BYTES,
  MAX_WAITING_DATAGRAMS,
} from "./protocol.ts";

/** Data that waits until its peer may be sent to. */
interface Waiting {
  readonly port: number;
  readonly data: Uint8Array;
}

export type PermissionState = "wanted" | "requested" | "granted" | "refused";

/** What the server may relay from and to one IP address. */
export interface Permission {
  readonly address: string;
  readonly bytes: Uint8Array;
  state: PermissionState;
  /** Ask for it alone: together with others it was refused. */
  alone: boolean;
  refreshAt: Instant;
  lastUsed: Instant;
  waiting: Waiting[];
}

export type ChannelState = "requested" | "bound" | "refused";

/** A number that stands for a peer in ChannelData. */
export interface Channel {
  readonly number: number;
  readonly address: string;
  readonly port: number;
  state: ChannelState;
  refreshAt: Instant;
}

export class Peers {
  readonly #permissions = new Map<string, Permission>();
  readonly #channels = new Map<string, Channel>();
  readonly #byNumber = new Map<number, Channel>();
  #nextNumber = FIRST_CHANNEL;
  #waitingBytes = 0;

  permission(address: string): Permission | undefined {
    return this.#permissions.get(address);
  }

  get permissions(): Iterable<Permission> {
    return this.#permissions.values();
  }

  get channels(): Iterable<Channel> {
    return this.#channels.values();
  }

  /** The permission for an address, wanted from now on; undefined for what is no address, and beyond the limit. */
  want(now: Instant, address: string): Permission | undefined {
    const known = this.#permissions.get(address);
    if (known !== undefined) return known;
    const bytes = parseIpAddress(address);
    if (bytes === undefined || this.#permissions.size >= MAX_PERMISSIONS) return undefined;
    const permission: Permission = {
      address,
      bytes,
      state: "wanted",
      alone: false,
      refreshAt: NEVER,
      lastUsed: now,
      waiting: [],
    };
    this.#permissions.set(address, permission);
    return permission;
  }

  drop(permission: Permission): void {
    this.takeWaiting(permission);
    this.#permissions.delete(permission.address);
  }

  /** Keeps a copy of data until the permission is granted. False when there is no room. */
  wait(permission: Permission, port: number, data: Uint8Array): boolean {
    const full =
      permission.waiting.length >= MAX_WAITING_DATAGRAMS ||
      this.#waitingBytes + data.length > MAX_WAITING_BYTES;
    if (full) return false;
    this.#waitingBytes += data.length;
    permission.waiting.push({ port, data: data.slice() });
    return true;
  }

  takeWaiting(permission: Permission): readonly Waiting[] {
    const { waiting } = permission;
    permission.waiting = [];
    for (const { data } of waiting) this.#waitingBytes -= data.length;
    return waiting;
  }

  channelOf(address: string, port: number): Channel | undefined {
    return this.#channels.get(`${address} ${port}`);
  }

  channel(number: number): Channel | undefined {
    return this.#byNumber.get(number);
  }

  /** A channel with a number that was never used: bindings of old ones may live on at the server (RFC 8656 §12). */
  addChannel(address: string, port: number): Channel | undefined {
    if (this.#channels.size >= MAX_CHANNELS || this.#nextNumber > LAST_CHANNEL) return undefined;
    const number = this.#nextNumber++;
    const channel: Channel = { number, address, port, state: "requested", refreshAt: NEVER };
    this.#channels.set(`${address} ${port}`, channel);
    this.#byNumber.set(number, channel);
    return channel;
  }

  removeChannel(channel: Channel): void {
    this.#channels.delete(`${channel.address} ${channel.port}`);
    this.#byNumber.delete(channel.number);
  }

  clear(): void {
    this.#permissions.clear();
    this.#channels.clear();
    this.#byNumber.clear();
    this.#waitingBytes = 0;
  }
}
