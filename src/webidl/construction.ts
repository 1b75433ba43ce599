/**
 * The way to make objects whose constructor does something else for scripts: mostly to throw "Illegal constructor"
 * (WebIDL §3.7.1). The project hands the slots over through this object while it runs `new`.
 */
export class Construction<Slots> {
  #handed: Slots | undefined;

  /** Runs `construct`, in which the class's constructor may {@link take} `slots` once. */
  run<T>(slots: Slots, construct: () => T): T {
    this.#handed = slots;
    try {
      return construct();
    } finally {
      this.#handed = undefined;
    }
  }

  /** Called by a constructor that scripts cannot use. */
  take(): Slots {
    const slots = this.handed();
    if (slots === undefined) throw new TypeError("Illegal constructor");
    return slots;
  }

  /** Called by a constructor that scripts can use as well: undefined when a script did. */
  handed(): Slots | undefined {
    const slots = this.#handed;
    this.#handed = undefined;
    return slots;
  }
}
