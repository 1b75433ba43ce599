/**
 * The dependency descriptor (AV1 RTP specification §A.8): where a frame begins and ends, and what it depends on, without
 * looking into the payload.
 *
 *     0                   1                   2
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
 *    |S|E| template id|        frame number         |   then, in longer ones, what differs from the template
 */
import { BitReader, BitWriter } from "./bits.ts";
import { type FrameDependencyStructure, readStructure, writeStructure } from "./dependency-structure.ts";

/** The name of the header extension in descriptions. */
export const DEPENDENCY_DESCRIPTOR_URI =
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

const MANDATORY_LENGTH = 3;
const TEMPLATE_IDS = 64;

/** Which frame a packet is of, and on which others that one depends. */
export interface DependencyDescriptor {
  readonly startOfFrame: boolean;
  readonly endOfFrame: boolean;
  readonly templateId: number;
  /** Wraps at 2^16. */
  readonly frameNumber: number;
  readonly spatialId: number;
  readonly temporalId: number;
  readonly decodeTargetIndications: readonly number[];
  readonly frameDiffs: readonly number[];
  readonly chainDiffs: readonly number[];
  /** Bit i: decode target i is produced; undefined when the packet does not say. */
  readonly activeDecodeTargets: number | undefined;
  /** Set on the packets that bring a new structure: on the first of each key frame. */
  readonly structure: FrameDependencyStructure | undefined;
}

/**
 * Reads a descriptor. `known` is the structure that came last, without which only descriptors that bring one can be read.
 * Undefined: cut, out of range, or made for a structure that we do not have.
 */
export function decodeDependencyDescriptor(
  data: Uint8Array,
  known: FrameDependencyStructure | undefined,
): DependencyDescriptor | undefined {
  if (data.length < MANDATORY_LENGTH) return undefined;
  const reader = new BitReader(data);
  const startOfFrame = reader.flag();
  const endOfFrame = reader.flag();
  const templateId = reader.bits(6);
  const frameNumber = reader.bits(16);
  const extended = data.length > MANDATORY_LENGTH;
  const brings = extended && reader.flag();
  const tellsActive = extended && reader.flag();
  const customIndications = extended && reader.flag();
  const customDiffs = extended && reader.flag();
  const customChains = extended && reader.flag();
  const structure = brings ? readStructure(reader) : undefined;
  if (brings && structure === undefined) return undefined;
  const current = structure ?? known;
  if (current === undefined) return undefined;
  const all = 2 ** current.decodeTargetCount - 1;
  let activeDecodeTargets = brings ? all : undefined;
  if (tellsActive) activeDecodeTargets = readMask(reader, current.decodeTargetCount);
  const template = current.templates[(templateId + TEMPLATE_IDS - current.templateIdOffset) % TEMPLATE_IDS];
  if (template === undefined) return undefined;
  const decodeTargetIndications = customIndications
    ? Array.from({ length: current.decodeTargetCount }, () => reader.bits(2))
    : template.decodeTargetIndications;
  const frameDiffs = customDiffs ? readFrameDiffs(reader) : template.frameDiffs;
  const chainDiffs = customChains
    ? Array.from({ length: current.chainCount }, () => reader.bits(8))
    : template.chainDiffs;
  if (!reader.ok) return undefined;
  const { spatialId, temporalId } = template;
  return {
    startOfFrame,
    endOfFrame,
    templateId,
    frameNumber,
    spatialId,
    temporalId,
    decodeTargetIndications,
    frameDiffs,
    chainDiffs,
    activeDecodeTargets,
    structure,
  };
}

/** Up to 32 bits, as an unsigned number. */
function readMask(reader: BitReader, count: number): number {
  const high = count > 16 ? reader.bits(count - 16) : 0;
  return high * 0x1_0000 + reader.bits(Math.min(16, count));
}

/** frame_fdiffs() */
function readFrameDiffs(reader: BitReader): number[] {
  const diffs: number[] = [];
  for (let size = reader.bits(2); size !== 0 && reader.ok; size = reader.bits(2))
    diffs.push(reader.bits(4 * size) + 1);
  return diffs;
}

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Writes a descriptor for `structure`, which is written as well when the descriptor has one. `templateId` must be one of its. */
export function encodeDependencyDescriptor(
  descriptor: DependencyDescriptor,
  structure: FrameDependencyStructure,
): Uint8Array {
  const index = (descriptor.templateId + TEMPLATE_IDS - structure.templateIdOffset) % TEMPLATE_IDS;
  const template = structure.templates[index];
  const customIndications = !same(
    descriptor.decodeTargetIndications,
    template?.decodeTargetIndications ?? [],
  );
  const customDiffs = !same(descriptor.frameDiffs, template?.frameDiffs ?? []);
  const customChains = !same(descriptor.chainDiffs, template?.chainDiffs ?? []);
  const brings = descriptor.structure !== undefined;
  const all = 2 ** structure.decodeTargetCount - 1;
  const active = descriptor.activeDecodeTargets;
  const tellsActive = active !== undefined && !(brings && active === all);
  const writer = new BitWriter();
  writer.flag(descriptor.startOfFrame);
  writer.flag(descriptor.endOfFrame);
  writer.bits(descriptor.templateId, 6);
  writer.bits(descriptor.frameNumber, 16);
  const flags = [brings, tellsActive, customIndications, customDiffs, customChains];
  if (!flags.includes(true)) return writer.bytes();
  for (const flag of flags) writer.flag(flag);
  if (descriptor.structure !== undefined) writeStructure(writer, descriptor.structure);
  if (tellsActive) writer.bits(active, structure.decodeTargetCount);
  if (customIndications)
    for (const indication of descriptor.decodeTargetIndications) writer.bits(indication, 2);
  if (customDiffs) writeFrameDiffs(writer, descriptor.frameDiffs);
  if (customChains) for (const diff of descriptor.chainDiffs) writer.bits(diff, 8);
  return writer.bytes();
}

function writeFrameDiffs(writer: BitWriter, diffs: readonly number[]): void {
  for (const diff of diffs) {
    const size = diff <= 16 ? 1 : diff <= 256 ? 2 : 3;
    writer.bits(size, 2);
    writer.bits(diff - 1, 4 * size);
  }
  writer.bits(0, 2);
}
