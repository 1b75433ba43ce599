/** mediacapture-main §7.1 OverconstrainedError. */
import { domString } from "../webidl/convert.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

const internals = internalSlots<string, OverconstrainedError>("OverconstrainedError");

/** A DOMException that names the constraint which could not be met. */
export class OverconstrainedError extends DOMException {
  constructor(...args: [constraint: string, message?: string]) {
    const context = constructorContext("OverconstrainedError");
    requireArguments(context, args, 1);
    const constraint = domString(args[0], context);
    super(args[1] === undefined ? "" : domString(args[1], context), "OverconstrainedError");
    internals.attach(this, constraint);
  }

  get constraint(): string {
    return internals.of(this);
  }
}

exposeInterface(OverconstrainedError, "OverconstrainedError", { length: 1 });
