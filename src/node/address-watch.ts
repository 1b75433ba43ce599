import type { Cancelable, LocalAddress } from "../host/host.ts";

/** How often the interfaces are looked at while somebody watches, ms. Node.js tells nobody when they change. */
export const ADDRESS_POLL_INTERVAL = 1000;

/** Looks at the local addresses now and then, once for all who watch, and only while somebody does. */
export class AddressWatch {
  readonly #read: () => readonly LocalAddress[];
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #known = "";

  constructor(read: () => readonly LocalAddress[]) {
    this.#read = read;
  }

  watch(changed: () => void): Cancelable {
    const watcher = () => changed();
    if (this.#watchers.size === 0) {
      this.#known = this.#state();
      this.#timer = setInterval(() => this.#look(), ADDRESS_POLL_INTERVAL).unref();
    }
    this.#watchers.add(watcher);
    return {
      cancel: () => {
        if (this.#watchers.delete(watcher) && this.#watchers.size === 0) clearInterval(this.#timer);
      },
    };
  }

  #look(): void {
    const state = this.#state();
    if (state === this.#known) return;
    this.#known = state;
    for (const watcher of [...this.#watchers]) if (this.#watchers.has(watcher)) watcher();
  }

  #state(): string {
    return this.#read()
      .map(({ address, interfaceName }) => `${address}%${interfaceName}`)
      .sort()
      .join(" ");
  }
}
