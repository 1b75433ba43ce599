import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** One row of docs/threats.md. */
interface Threat {
  readonly number: string;
  readonly defence: string;
  readonly proof: string;
}

const threats: Threat[] = readFileSync("docs/threats.md", "utf8")
  .split("\n")
  .filter((line) => /^\| [0-9]/.test(line))
  .map((line) => {
    const [, number = "", , defence = "", proof = ""] = line.split("|").map((cell) => cell.trim());
    return { number, defence, proof };
  });

test.each(threats.map((threat) => [threat.number, threat] as const))(
  "threat %s is met by files and tests that exist",
  (_, { defence, proof }) => {
    const proofs = [...proof.matchAll(/`([^`]+)`: "((?:[^"\\]|\\.)+)"/g)];
    if (proofs.length === 0) expect(defence).toContain("not applicable yet");
    for (const [, file = "", name = ""] of proofs) {
      const title = name.replaceAll('\\"', '"');
      expect(readFileSync(file, "utf8").replaceAll('\\"', '"'), `${file}: ${title}`).toContain(title);
    }
    for (const [, file = ""] of defence.matchAll(/`((?:src|test)\/[^`]+)`/g)) {
      expect(existsSync(file), file).toBe(true);
    }
  },
);

test("nothing decompresses what a peer has sent", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.includes(".test"),
  );
  expect(sources.length).toBeGreaterThan(100);
  for (const name of sources) {
    expect(readFileSync(`src/${name}`, "utf8"), name).not.toMatch(/zlib|DecompressionStream/);
  }
});
