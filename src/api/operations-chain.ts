/** webrtc-pc §4.4.1.2 chain an asynchronous operation. */
import type { Connection } from "./connection.ts";

type Operation = () => void;

/** [[Operations]]: one operation at a time, in the order of the calls. */
export class OperationsChain {
  readonly #connection: Connection;
  readonly #operations: Operation[] = [];
  readonly #whenEmpty: () => void;
  /** [[UpdateNegotiationNeededFlagOnEmptyChain]] */
  updateNegotiationNeededFlagOnEmptyChain = false;

  /** `updateNegotiationNeeded` is called when the chain has become empty and somebody has asked for it. */
  constructor(connection: Connection, updateNegotiationNeeded: () => void) {
    this.#connection = connection;
    this.#whenEmpty = updateNegotiationNeeded;
  }

  get isEmpty(): boolean {
    return this.#operations.length === 0;
  }

  /** Runs `operation` when its turn comes. The promise stays pending for ever once the connection is closed. */
  chain<T>(operation: () => Promise<T>): Promise<T> {
    // Step 2
    if (this.#connection.isClosed) {
      return Promise.reject(new DOMException("the connection is closed.", "InvalidStateError"));
    }
    // Step 4
    const p = new Promise<T>((resolve, reject) => {
      // Step 5
      this.#operations.push(() => {
        // Step 7
        operation().then(
          (value) => {
            if (!this.#connection.isClosed) resolve(value);
          },
          (reason) => {
            if (!this.#connection.isClosed) reject(reason);
          },
        );
      });
    });
    // Step 6
    if (this.#operations.length === 1) this.#operations[0]!();
    // Step 8
    const next = () => this.#advance();
    p.then(next, next);
    // Step 9
    return p;
  }

  /** Upon fulfilment or rejection of the promise of the first operation. */
  #advance(): void {
    if (this.#connection.isClosed) return;
    this.#operations.shift();
    const first = this.#operations[0];
    if (first) {
      first();
      return;
    }
    if (!this.updateNegotiationNeededFlagOnEmptyChain) return;
    this.updateNegotiationNeededFlagOnEmptyChain = false;
    this.#whenEmpty();
  }
}
