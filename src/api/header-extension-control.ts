/** webrtc-extensions §5.2: which RTP header extensions a transceiver negotiates. */
import { MID_EXTENSION, mediaCapabilities } from "../core/jsep/codecs.ts";
import type { RTCRtpHeaderExtensionCapability } from "./rtp-parameters.ts";
import type { TransceiverSlots } from "./transceiver-slots.ts";

/** What every section needs: its direction cannot be changed. */
const MANDATORY: readonly string[] = [MID_EXTENSION];

/** getHeaderExtensionsToNegotiate */
export function headerExtensionsToNegotiate(slots: TransceiverSlots): RTCRtpHeaderExtensionCapability[] {
  const extensions = slots.headerExtensions ?? mediaCapabilities(slots.kind).headerExtensions;
  return extensions.map(({ uri, direction }) => ({ uri, direction: direction ?? "sendrecv" }));
}

/** setHeaderExtensionsToNegotiate: the list of getHeaderExtensionsToNegotiate with other directions. */
export function setHeaderExtensionsToNegotiate(
  slots: TransceiverSlots,
  given: readonly Required<RTCRtpHeaderExtensionCapability>[],
): void {
  if (given.some(({ uri }) => uri === "")) throw new TypeError("a header extension has no uri.");
  const known = headerExtensionsToNegotiate(slots);
  if (given.length !== known.length || given.some(({ uri }, index) => uri !== known[index]!.uri)) {
    throw invalidModification("header extensions cannot be added, removed or moved.");
  }
  for (const { uri, direction } of given) {
    if (MANDATORY.includes(uri) && direction !== "sendrecv") {
      throw invalidModification(`'${uri}' cannot be changed.`);
    }
  }
  slots.headerExtensions = given.map(({ uri, direction }) => ({ uri, direction }));
  slots.refusedExtensions = given.flatMap(({ uri, direction }) => (direction === "stopped" ? [uri] : []));
  slots.connection.updateNegotiationNeeded();
}

/** getNegotiatedHeaderExtensions: everything implemented, with the direction agreed on; "stopped" for none. */
export function negotiatedHeaderExtensions(slots: TransceiverSlots): RTCRtpHeaderExtensionCapability[] {
  return headerExtensionsToNegotiate(slots).map(({ uri }) => {
    const agreed = slots.negotiatedExtensions.find((extension) => extension.uri === uri);
    return { uri, direction: agreed?.direction ?? "stopped" };
  });
}

/**
 * webrtc-extensions §5.2, an answer is set: offers to come have what was agreed on. What every section needs stays, for
 * another peer that the session may be handed over to.
 */
export function reflectNegotiatedExtensions(slots: TransceiverSlots): void {
  slots.headerExtensions = negotiatedHeaderExtensions(slots).map((extension) =>
    MANDATORY.includes(extension.uri) ? { ...extension, direction: "sendrecv" } : extension,
  );
}

/**
 * What answers accept: an extension that is stopped because it has not been negotiated so far is welcome when the peer
 * offers it, unless the application has stopped it.
 */
export function acceptedExtensions(slots: TransceiverSlots): Required<RTCRtpHeaderExtensionCapability>[] {
  return headerExtensionsToNegotiate(slots).map(({ uri, direction = "sendrecv" }) => ({
    uri,
    direction: direction === "stopped" && !slots.refusedExtensions.includes(uri) ? "sendrecv" : direction,
  }));
}

function invalidModification(message: string): DOMException {
  return new DOMException(message, "InvalidModificationError");
}
