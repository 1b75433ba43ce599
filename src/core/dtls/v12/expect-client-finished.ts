/** Server: the client's Finished; ours ends the handshake (RFC 6347 §4.2.4, flight 6). */
import type { KeyAgreementGroup } from "../../crypto/provider.ts";
import type { HandshakeMessage } from "../message/reassembly.ts";
import { checkFinished } from "./finished.ts";
import type { Handshake } from "./handshake.ts";
import { type Agreed, type Expecting, established, type Step } from "./step.ts";

export class ExpectClientFinished implements Expecting {
  readonly kind = "expecting";
  readonly awaited = "finished";
  readonly survivesRefusal = false;
  readonly #agreed: Agreed;
  readonly #group: KeyAgreementGroup;
  readonly #secret: Uint8Array;

  constructor(agreed: Agreed, group: KeyAgreementGroup, secret: Uint8Array) {
    this.#agreed = agreed;
    this.#group = group;
    this.#secret = secret;
  }

  handle(message: HandshakeMessage, handshake: Handshake): Step {
    const refusal = checkFinished(message, handshake, this.#agreed, this.#secret);
    if (refusal !== undefined) return refusal;
    // The client answers with data or with nothing: it asks again for this flight if it was lost.
    handshake.flight.begin(false);
    handshake.sendFinished(this.#agreed, this.#secret);
    return established(this.#agreed, this.#group, this.#secret);
  }
}
