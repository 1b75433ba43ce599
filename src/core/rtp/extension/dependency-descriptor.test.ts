import { describe, expect, test } from "vitest";
import { everyInput, toHex } from "../vectors.testing.ts";
import {
  type DependencyDescriptor,
  decodeDependencyDescriptor,
  encodeDependencyDescriptor,
} from "./dependency-descriptor.ts";
import { DTI, type FrameDependencyStructure } from "./dependency-structure.ts";

const { NOT_PRESENT, DISCARDABLE, SWITCH, REQUIRED } = DTI;

/** L1T2: two decode targets, one chain. */
const L1T2: FrameDependencyStructure = {
  templateIdOffset: 60,
  decodeTargetCount: 2,
  templates: [
    {
      spatialId: 0,
      temporalId: 0,
      decodeTargetIndications: [SWITCH, SWITCH],
      frameDiffs: [],
      chainDiffs: [0],
    },
    {
      spatialId: 0,
      temporalId: 0,
      decodeTargetIndications: [SWITCH, REQUIRED],
      frameDiffs: [2],
      chainDiffs: [2],
    },
    {
      spatialId: 0,
      temporalId: 1,
      decodeTargetIndications: [NOT_PRESENT, DISCARDABLE],
      frameDiffs: [1],
      chainDiffs: [1],
    },
  ],
  chainCount: 1,
  protectedBy: [0, 0],
  resolutions: [[640, 360]],
};

/** Three spatial layers, three chains, no resolutions. */
const L3T1: FrameDependencyStructure = {
  templateIdOffset: 5,
  decodeTargetCount: 3,
  templates: [0, 1, 2].map((spatialId) => ({
    spatialId,
    temporalId: 0,
    decodeTargetIndications: [0, 1, 2].map((target) => (target < spatialId ? NOT_PRESENT : SWITCH)),
    frameDiffs: spatialId === 0 ? [3] : [3, 1],
    chainDiffs: [spatialId === 0 ? 3 : spatialId, 3, 3],
  })),
  chainCount: 3,
  protectedBy: [0, 1, 2],
  resolutions: [],
};

function descriptorOf(structure: FrameDependencyStructure, template: number): DependencyDescriptor {
  const { spatialId, temporalId, decodeTargetIndications, frameDiffs, chainDiffs } =
    structure.templates[template]!;
  return {
    startOfFrame: true,
    endOfFrame: false,
    templateId: (structure.templateIdOffset + template) % 64,
    frameNumber: 0xfffe,
    spatialId,
    temporalId,
    decodeTargetIndications,
    frameDiffs,
    chainDiffs,
    activeDecodeTargets: undefined,
    structure: undefined,
  };
}

describe.each([
  ["L1T2", L1T2],
  ["L3T1", L3T1],
])("dependency descriptor, %s", (_, structure) => {
  const all = 2 ** structure.decodeTargetCount - 1;

  test("a key frame's descriptor brings the structure", () => {
    const descriptor = { ...descriptorOf(structure, 0), structure, activeDecodeTargets: all };
    const encoded = encodeDependencyDescriptor(descriptor, structure);
    expect(decodeDependencyDescriptor(encoded, undefined)).toEqual(descriptor);
  });

  test("one that agrees with its template takes three octets", () => {
    structure.templates.forEach((_template, i) => {
      const descriptor = descriptorOf(structure, i);
      const encoded = encodeDependencyDescriptor(descriptor, structure);
      expect(encoded).toHaveLength(3);
      expect(decodeDependencyDescriptor(encoded, structure)).toEqual(descriptor);
      expect(decodeDependencyDescriptor(encoded, undefined)).toBeUndefined();
    });
  });

  test("what differs from the template is written", () => {
    const plain = descriptorOf(structure, 1);
    const indications = plain.decodeTargetIndications.map(() => REQUIRED);
    for (const descriptor of [
      { ...plain, frameDiffs: [1, 16, 17, 256, 257, 4096] },
      { ...plain, frameDiffs: [] },
      { ...plain, chainDiffs: plain.chainDiffs.map((_diff, i) => 200 + i) },
      { ...plain, decodeTargetIndications: indications },
      { ...plain, activeDecodeTargets: 1 },
      { ...plain, structure, activeDecodeTargets: 1, frameDiffs: [9] },
    ]) {
      const encoded = encodeDependencyDescriptor(descriptor, structure);
      expect(decodeDependencyDescriptor(encoded, structure)).toEqual(descriptor);
    }
  });

  test("a template that is not in the structure, and every truncation of the structure, are refused", () => {
    const strange = { ...descriptorOf(structure, 0), templateId: structure.templateIdOffset - 1 };
    expect(
      decodeDependencyDescriptor(encodeDependencyDescriptor(strange, structure), structure),
    ).toBeUndefined();
    const encoded = encodeDependencyDescriptor({ ...descriptorOf(structure, 0), structure }, structure);
    for (let length = 4; length < encoded.length; length++)
      expect(decodeDependencyDescriptor(encoded.subarray(0, length), structure), `${length}`).toBeUndefined();
  });
});

test("no input makes the decoder throw, and what it accepts is written again with the same meaning", () => {
  let accepted = 0;
  for (const input of everyInput()) {
    for (const known of [undefined, L1T2, L3T1]) {
      const decoded = decodeDependencyDescriptor(input, known);
      const structure = decoded?.structure ?? known;
      if (decoded === undefined || structure === undefined) continue;
      accepted++;
      const again = encodeDependencyDescriptor(decoded, structure);
      expect(decodeDependencyDescriptor(again, structure), toHex(input)).toEqual(decoded);
    }
  }
  expect(accepted).toBeGreaterThan(20);
});
