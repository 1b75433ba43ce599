/** Client: after our Finished. The server's ends the handshake. */
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import { NEW_SESSION_TICKET } from "../message/handshake-type.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { checkFinished } from "./finished.ts";
import type { Handshake } from "./handshake.ts";
import { type Agreed, type Expecting, established, type Step } from "./step.ts";

export class ExpectServerFinished implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "finished";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #group: KeyAgreementGroup;
  readonly #secret: Uint8Array;
  readonly #ticketSeen: boolean;

  constructor(agreed: Agreed, group: KeyAgreementGroup, secret: Uint8Array, ticketSeen = false) {
    this.#agreed = agreed;
    this.#group = group;
    this.#secret = secret;
    this.#ticketSeen = ticketSeen;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    if (message.type === NEW_SESSION_TICKET && !this.#ticketSeen) {
      // We never ask for one (RFC 5077 §3.3), but a ticket does no harm: it counts in the transcript, nothing else.
      handshake.heard(message);
      return new ExpectServerFinished(this.#agreed, this.#group, this.#secret, true);
    }
    const refusal = checkFinished(message, handshake, this.#agreed, this.#secret);
    if (refusal !== undefined) return refusal;
    handshake.flight.clear(); // the server has all of it
    return established(this.#agreed, this.#group, this.#secret);
  }
}
