/** A peer that breaks one rule: changes, skips or adds a handshake message on its way out. For tests. */
import { vi } from "vitest";
import { Flight } from "./flight.ts";
import { FINISHED } from "./message/handshake-type.ts";
import { Handshake } from "./v12/handshake.ts";
import type { Agreed } from "./v12/step.ts";

export interface HostileMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** What the hostile side sends in place of one message. An empty list skips it. */
export type Alter = (message: HostileMessage, handshake: Handshake) => readonly HostileMessage[];

/** Runs `scenario` while the side with this role sends what `alter` makes of its messages; its transcript follows. */
export function withHostile(role: "client" | "server", alter: Alter, scenario: () => void): void {
  const honest = Handshake.prototype.send;
  const spy = vi.spyOn(Handshake.prototype, "send").mockImplementation(function (
    this: Handshake,
    type,
    body,
  ) {
    if (this.options.role !== role) return honest.call(this, type, body);
    for (const message of alter({ type, body }, this)) honest.call(this, message.type, message.body);
  });
  try {
    scenario();
  } finally {
    spy.mockRestore();
  }
}

/** Runs `scenario` while both sides send Finished without encryption. */
export function withPlaintextFinished(scenario: () => void): void {
  const honest = Flight.prototype.addMessage;
  const spy = vi.spyOn(Flight.prototype, "addMessage").mockImplementation(function (
    this: Flight,
    epoch,
    type,
    sequence,
    body,
  ) {
    honest.call(this, type === FINISHED ? 0 : epoch, type, sequence, body);
  });
  try {
    scenario();
  } finally {
    spy.mockRestore();
  }
}

/** What a handshake computes its Finished from. */
export interface Agreement {
  agreed?: Agreed;
  secret?: Uint8Array;
}

/** Runs `scenario` and notes the agreement as soon as a side is about to send Finished. */
export function captureAgreement(agreement: Agreement, scenario: () => void): void {
  const honest = Handshake.prototype.sendFinished;
  const spy = vi.spyOn(Handshake.prototype, "sendFinished").mockImplementation(function (
    this: Handshake,
    agreed,
    secret,
  ) {
    agreement.agreed = agreed;
    agreement.secret = secret;
    honest.call(this, agreed, secret);
  });
  try {
    scenario();
  } finally {
    spy.mockRestore();
  }
}
