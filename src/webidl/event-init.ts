/** DOM §2.2 EventInit, which every event's dictionary inherits from. */
import { boolean } from "./convert.ts";
import { defaulted, dictionary } from "./dictionary.ts";

/** DOM §2.2 */
export interface EventInit {
  bubbles?: boolean;
  cancelable?: boolean;
  composed?: boolean;
}

/** WebIDL converter of `EventInit`. */
export const convertEventInit = dictionary("EventInit", {
  bubbles: defaulted(boolean, false),
  cancelable: defaulted(boolean, false),
  composed: defaulted(boolean, false),
});
