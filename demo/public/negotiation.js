// Perfect negotiation (webrtc-pc §10.7), the same at both ends: either may change what flows at any time, and when both do at
// once, the polite one gives way.

export class Negotiation {
  #connection;
  #polite;
  #send;
  #onError;
  #beforeAnswer;
  #begun = false;
  #makingOffer = false;
  #settingAnswer = false;
  #ignoresOffer = false;

  /**
   * `send(description)` carries a description to the other end; `onError(error)` hears of an offer that cannot be made;
   * `beforeAnswer()` is called when an offer is in place and not answered yet.
   */
  constructor(connection, { polite, send, onError, beforeAnswer = () => {} }) {
    this.#connection = connection;
    this.#polite = polite;
    this.#send = send;
    this.#onError = onError;
    this.#beforeAnswer = beforeAnswer;
    // Before the first description the other end is to make it; what is needed then is asked for again after it.
    connection.addEventListener("negotiationneeded", () => this.#begun && this.begin());
  }

  /** Makes an offer. The first one is made by one end only. */
  async begin() {
    this.#begun = true;
    this.#makingOffer = true;
    try {
      await this.#connection.setLocalDescription();
      this.#send(this.#connection.localDescription);
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  /** A description of the other end. Rejects if it cannot be used. */
  async onDescription(description) {
    const connection = this.#connection;
    const ready = !this.#makingOffer && (connection.signalingState === "stable" || this.#settingAnswer);
    this.#ignoresOffer = description.type === "offer" && !ready && !this.#polite;
    if (this.#ignoresOffer) return;
    this.#settingAnswer = description.type === "answer";
    try {
      await connection.setRemoteDescription(description);
    } finally {
      this.#settingAnswer = false;
    }
    this.#begun = true;
    if (description.type !== "offer" || connection.signalingState === "closed") return;
    this.#beforeAnswer();
    await connection.setLocalDescription();
    if (connection.signalingState !== "closed") this.#send(connection.localDescription);
  }

  /** A candidate of the other end. Rejects if it cannot be used. */
  async onCandidate(candidate) {
    try {
      await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#ignoresOffer) throw error;
    }
  }
}
