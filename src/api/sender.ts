/** webrtc-pc §5.2: what the methods of a sender do. */
import type { MediaStreamTrack } from "../media/MediaStreamTrack.ts";
import { queueTask } from "./dispatch.ts";
import { requestKeyFrames } from "./frame-transform.ts";
import { updateMediaFlow, updateSending } from "./media-flow.ts";
import { codecParameters, headerExtensionParameters, sendCapabilities } from "./rtp-capabilities.ts";
import type { SendParameters, SetParameterOptions } from "./rtp-parameters.ts";
import { validatedSetParameters } from "./send-encodings.ts";
import type { SenderSlots } from "./transceiver-slots.ts";

/** §5.2 getParameters; the caller copies what it gives away. */
export function currentParameters(slots: SenderSlots): SendParameters {
  if (slots.lastReturnedParameters) return slots.lastReturnedParameters;
  const { connection } = slots.transceiver;
  const { degradationPreference } = slots;
  const result: SendParameters = {
    transactionId: crypto.randomUUID(),
    encodings: slots.encodings.map((encoding) => ({ ...encoding })),
    headerExtensions: headerExtensionParameters(slots.headerExtensions).map((extension) => ({
      ...extension,
      encrypted: false,
    })),
    rtcp: { cname: connection.cname, reducedSize: slots.reducedSize },
    codecs: codecParameters(slots.codecs),
    ...(degradationPreference === undefined ? {} : { degradationPreference }),
  };
  slots.lastReturnedParameters = result;
  queueTask(connection, () => {
    if (slots.lastReturnedParameters === result) slots.lastReturnedParameters = null;
  });
  return result;
}

/** §5.2 setParameters */
export function setParameters(
  slots: SenderSlots,
  parameters: SendParameters,
  { encodingOptions }: SetParameterOptions,
): Promise<void> {
  const { connection, kind, stopping } = slots.transceiver;
  // Step 4
  if (stopping) throw invalidState("the transceiver is stopped.");
  // Step 5
  const last = slots.lastReturnedParameters;
  if (last === null) throw invalidState("getParameters() was not called in this task.");
  // Step 6
  const implemented = sendCapabilities(kind)!.codecs;
  const encodings = validatedSetParameters(kind, parameters, last, implemented);
  // webrtc-extensions §5.4: audio has no key frames.
  const options = kind === "audio" ? [] : encodingOptions;
  if (options.length > 0 && options.length !== encodings.length) {
    throw new DOMException("there is not one option for each encoding.", "InvalidModificationError");
  }
  // Step 8: no description is applied until then.
  connection.parametersBeingSet++;
  return new Promise((resolve) => {
    queueTask(connection, () => {
      connection.parametersBeingSet--;
      slots.lastReturnedParameters = null;
      slots.encodings = encodings;
      slots.degradationPreference = parameters.degradationPreference;
      updateMediaFlow(connection);
      requestKeyFrames(
        slots,
        encodings.flatMap(({ rid }, index) => (options[index]?.keyFrame ? [rid] : [])),
      );
      resolve();
    });
  });
}

/** §5.2 replaceTrack */
export function replaceTrack(slots: SenderSlots, withTrack: MediaStreamTrack | null): Promise<void> {
  const { transceiver } = slots;
  const { connection } = transceiver;
  // Step 5
  if (withTrack && withTrack.kind !== transceiver.kind) {
    throw new TypeError(`a sender of ${transceiver.kind} cannot send ${withTrack.kind}.`);
  }
  // Step 6
  return connection.operations.chain(() => {
    if (transceiver.stopping) return Promise.reject(invalidState("the transceiver is stopped."));
    return new Promise<void>((resolve) => {
      queueTask(connection, () => {
        if (connection.isClosed) return;
        slots.track = withTrack;
        updateSending(slots);
        resolve();
      });
    });
  });
}

function invalidState(message: string): DOMException {
  return new DOMException(message, "InvalidStateError");
}
