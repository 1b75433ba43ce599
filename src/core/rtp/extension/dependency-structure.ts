/** The template dependency structure of the dependency descriptor (AV1 RTP specification §A.8.2 to A.8.4). */
import type { BitReader, BitWriter } from "./bits.ts";

/** template ids have six bits */
export const MAX_TEMPLATES = 64;
const MAX_SPATIAL_ID = 3;
const MAX_TEMPORAL_ID = 7;

/** Decode target indication: what a frame is to a decode target. */
export const DTI = { NOT_PRESENT: 0, DISCARDABLE: 1, SWITCH: 2, REQUIRED: 3 } as const;

/** What frames of one kind depend on. */
export interface FrameDependencyTemplate {
  readonly spatialId: number;
  readonly temporalId: number;
  /** One of {@link DTI} for each decode target. */
  readonly decodeTargetIndications: readonly number[];
  /** Frame numbers back to the frames it refers to, 1..4096. */
  readonly frameDiffs: readonly number[];
  /** Frame numbers back to the last frame of each chain, 0 when it begins here. */
  readonly chainDiffs: readonly number[];
}

/** The templates that descriptors refer to until another key frame brings others. */
export interface FrameDependencyStructure {
  /** Id of the first template. */
  readonly templateIdOffset: number;
  readonly decodeTargetCount: number;
  readonly templates: readonly FrameDependencyTemplate[];
  readonly chainCount: number;
  /** The chain that protects each decode target. */
  readonly protectedBy: readonly number[];
  /** Width and height of each spatial layer, when told. */
  readonly resolutions: readonly (readonly [width: number, height: number])[];
}

/** template_dependency_structure(); undefined for what is cut or out of range. */
export function readStructure(reader: BitReader): FrameDependencyStructure | undefined {
  const templateIdOffset = reader.bits(6);
  const decodeTargetCount = reader.bits(5) + 1;
  const layers = readLayers(reader);
  if (layers === undefined) return undefined;
  const indications = layers.map(() => readEach(decodeTargetCount, () => reader.bits(2)));
  const diffs = layers.map(() => {
    const list: number[] = [];
    while (reader.flag() && reader.ok) list.push(reader.bits(4) + 1);
    return list;
  });
  const chainCount = reader.nonSymmetric(decodeTargetCount + 1);
  const protectedBy =
    chainCount === 0 ? [] : readEach(decodeTargetCount, () => reader.nonSymmetric(chainCount));
  const chains = layers.map(() => readEach(chainCount, () => reader.bits(4)));
  const spatialLayers = layers[layers.length - 1]!.spatialId + 1;
  const resolutions = reader.flag()
    ? readEach(spatialLayers, () => [reader.bits(16) + 1, reader.bits(16) + 1] as const)
    : [];
  if (!reader.ok) return undefined;
  const templates = layers.map((layer, i) => ({
    ...layer,
    decodeTargetIndications: indications[i]!,
    frameDiffs: diffs[i]!,
    chainDiffs: chains[i]!,
  }));
  return { templateIdOffset, decodeTargetCount, templates, chainCount, protectedBy, resolutions };
}

/** `count` values: stops growing as soon as the bits end, because the reader gives zeros then. */
function readEach<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}

/** template_layers() */
function readLayers(reader: BitReader): { spatialId: number; temporalId: number }[] | undefined {
  const layers: { spatialId: number; temporalId: number }[] = [];
  let spatialId = 0;
  let temporalId = 0;
  for (;;) {
    if (layers.length === MAX_TEMPLATES) return undefined;
    layers.push({ spatialId, temporalId });
    const next = reader.bits(2);
    if (!reader.ok) return undefined;
    if (next === 3) return layers;
    if (next === 1) temporalId++;
    else if (next === 2) {
      temporalId = 0;
      spatialId++;
    }
    if (temporalId > MAX_TEMPORAL_ID || spatialId > MAX_SPATIAL_ID) return undefined;
  }
}

/** template_dependency_structure() */
export function writeStructure(writer: BitWriter, structure: FrameDependencyStructure): void {
  const { templates, decodeTargetCount, chainCount } = structure;
  writer.bits(structure.templateIdOffset, 6);
  writer.bits(decodeTargetCount - 1, 5);
  templates.forEach((template, i) => {
    const next = templates[i + 1];
    if (next === undefined) writer.bits(3, 2);
    else if (next.spatialId > template.spatialId) writer.bits(2, 2);
    else writer.bits(next.temporalId > template.temporalId ? 1 : 0, 2);
  });
  for (const template of templates)
    for (const indication of template.decodeTargetIndications) writer.bits(indication, 2);
  for (const template of templates) {
    for (const diff of template.frameDiffs) writer.bits(0x10 | (diff - 1), 5);
    writer.bits(0, 1);
  }
  writer.nonSymmetric(chainCount, decodeTargetCount + 1);
  if (chainCount > 0) for (const chain of structure.protectedBy) writer.nonSymmetric(chain, chainCount);
  for (const template of templates) for (const diff of template.chainDiffs) writer.bits(diff, 4);
  writer.flag(structure.resolutions.length > 0);
  for (const [width, height] of structure.resolutions) {
    writer.bits(width - 1, 16);
    writer.bits(height - 1, 16);
  }
}
