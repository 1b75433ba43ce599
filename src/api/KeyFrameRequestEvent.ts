/** webrtc-encoded-transform §5.7 KeyFrameRequestEvent. */
import { Construction } from "../webidl/construction.ts";
import { domString } from "../webidl/convert.ts";
import { constructorContext, exposeInterface, requireArguments } from "../webidl/expose.ts";
import { internalSlots } from "../webidl/internal-slots.ts";

const NAME = "KeyFrameRequestEvent";

const construction = new Construction<{ readonly cancelable: true }>();
const internals = internalSlots<string | null, KeyFrameRequestEvent>(NAME);

/** Fired at a transformer when the peer wants a key frame; canceled, it gets none. */
export class KeyFrameRequestEvent extends Event {
  constructor(...args: [type: string, rid?: string]) {
    const init = construction.handed();
    const context = constructorContext(NAME);
    requireArguments(context, args, 1);
    const type = domString(args[0], context);
    const rid = args[1] === undefined ? null : domString(args[1], context);
    super(type, init);
    internals.attach(this, rid);
  }

  /** The layer; null for all of them. */
  get rid(): string | null {
    return internals.of(this);
  }
}

exposeInterface(KeyFrameRequestEvent, NAME, { length: 1 });

/** The event that the standard fires: it can be canceled. */
export function createKeyFrameRequestEvent(rid: string | undefined): KeyFrameRequestEvent {
  return construction.run({ cancelable: true }, () => new KeyFrameRequestEvent("keyframerequest", rid));
}
