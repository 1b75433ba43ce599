/** Waiting for things that happen on real time. */

/** How long a wait lasts at the most, ms: longer than a busy machine takes for anything. */
export const PATIENCE = 60_000;

/** Looks again and again until the condition holds; `what` is what the error says was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  milliseconds = PATIENCE,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Conditions that are looked at whenever somebody says that something has changed. */
export class Waiting {
  readonly #checks = new Map<() => void, (error: Error) => void>();

  /** Looks again at what is waited for. */
  readonly changed = (): void => {
    for (const check of [...this.#checks.keys()]) check();
  };

  /** Nothing will change any more. */
  fail(error: Error): void {
    for (const reject of [...this.#checks.values()]) reject(error);
  }

  /** Settles when the condition holds. */
  until(condition: () => boolean, milliseconds = PATIENCE): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(deadline);
        this.#checks.delete(check);
      };
      const check = () => {
        if (!condition()) return;
        end();
        resolve();
      };
      const fail = (error: Error) => {
        end();
        reject(error);
      };
      const deadline = setTimeout(
        () => fail(new Error(`waited ${milliseconds} ms in vain for ${condition}`)),
        milliseconds,
      );
      this.#checks.set(check, fail);
      check();
    });
  }
}
