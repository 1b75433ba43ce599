/** Servers whose names are being looked up. */
import type { IceServer } from "../base/ice-candidate.ts";
import type { AgentContext } from "./agent-context.ts";
import type { LocalBase } from "./candidate-pair.ts";
import { isTurn } from "./relay-gathering.ts";

/** A server, and the sockets that it will be asked from. */
export interface ServerName {
  readonly server: IceServer;
  readonly carriers: readonly LocalBase[];
}

export class ServerNames {
  readonly #context: AgentContext;
  readonly #asked = new Map<number, ServerName>();

  constructor(context: AgentContext) {
    this.#context = context;
  }

  /** True while a name is not resolved. */
  get busy(): boolean {
    return this.#asked.size > 0;
  }

  /** True while the name of a relay is not resolved. */
  get wantsRelay(): boolean {
    return [...this.#asked.values()].some(({ server }) => isTurn(server));
  }

  /** Asks by a "resolve" event. */
  look(name: ServerName): void {
    const id = this.#context.nextRequestId();
    this.#asked.set(id, name);
    this.#context.events.push({ type: "resolve", id, name: name.server.host, mdns: false });
  }

  /** Whom an answer is about; undefined: it is somebody else's. */
  take(id: number): ServerName | undefined {
    const name = this.#asked.get(id);
    this.#asked.delete(id);
    return name;
  }

  /** Gives up what has no answer. */
  abandon(): ServerName[] {
    const abandoned = [...this.#asked.values()];
    this.#asked.clear();
    return abandoned;
  }
}
