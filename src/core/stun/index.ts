export { decodeAddress, encodeAddress, type TransportAddress } from "./address-attribute.ts";
export * from "./attribute-type.ts";
export { crc32 } from "./crc32.ts";
export * from "./error-code.ts";
export * from "./header.ts";
export { type IntegrityResult, MAX_ATTRIBUTES, StunMessage } from "./message.ts";
export { StunMessageBuilder } from "./message-builder.ts";
export * from "./password-algorithms.ts";
