/**
 * The rules of docs/architecture.md as functions over source texts, so that architecture.test.ts can apply them to the
 * tree and also to snippets that break them.
 */
import { dirname, join, normalize } from "node:path/posix";
import ts from "typescript";

/** One source file; `path` is relative to the repository, with slashes (`src/core/base/fifo.ts`). */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** One broken rule: where, and what is wrong in words. */
export type Violation = string;

const CORE_FOLDERS = [
  "base",
  "crypto",
  "stats",
  "stun",
  "turn",
  "dcep",
  "sdp",
  "srtp",
  "rtp",
  "rtcp",
  "media",
  "ice",
  "dtls",
  "sctp",
  "jsep",
  "session",
];
const CORE = [...CORE_FOLDERS, "rtp-session"].map((folder) => `core/${folder}`);

/** Which folders of ours each folder may import, besides itself: the table of docs/architecture.md. */
export const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "core/base": [],
  "core/crypto": ["core/base"],
  "core/stats": ["core/base"],
  "core/stun": ["core/base", "core/crypto"],
  "core/turn": ["core/base", "core/crypto", "core/stun"],
  "core/dcep": ["core/base", "core/crypto"],
  "core/sdp": ["core/base", "core/crypto"],
  "core/srtp": ["core/base", "core/crypto"],
  "core/rtp": ["core/base", "core/crypto"],
  "core/rtcp": ["core/base", "core/crypto"],
  "core/media": ["core/base", "core/rtp", "core/rtcp"],
  "core/ice": ["core/base", "core/crypto", "core/stats", "core/stun"],
  "core/dtls": ["core/base", "core/crypto"],
  "core/sctp": ["core/base", "core/crypto"],
  "core/rtp-session": ["core/base", "core/crypto", "core/stats", "core/rtp", "core/rtcp", "core/media"],
  "core/jsep": ["core/base", "core/crypto", "core/sdp"],
  "core/session": CORE.filter((folder) => folder !== "core/sdp" && folder !== "core/jsep"),
  host: CORE,
  node: [...CORE, "host"],
  sim: [...CORE, "host"],
  webidl: [],
  media: ["webidl", "host", ...CORE],
  api: ["webidl", "media", "host", ...CORE],
};

/** Which packages and built-in modules each folder may import; a folder that is not here may import none. */
export const PACKAGES: Readonly<Record<string, (specifier: string) => boolean>> = {
  node: (specifier) => specifier.startsWith("node:") || specifier === "dns-packet",
  webidl: (specifier) => specifier === "webidl-conversions",
};

/** The files that tie the folders together and so may import all of them. */
const ROOTS = new Set([
  "src/index.ts",
  "src/host-entry.ts",
  "src/register.ts",
  "src/legacy-entry.ts",
  "src/worker-entry.ts",
]);

/** `core/ice` for `src/core/ice/pair.ts`, `api` for `src/api/RTCError.ts`, undefined for files directly in `src`. */
export function folderOf(path: string): string | undefined {
  const parts = path.split("/");
  if (parts[0] !== "src" || parts.length < 3) return undefined;
  return parts[1] === "core" ? `core/${parts[2]}` : parts[1];
}

/** Imports that the table does not allow. */
export function forbiddenImports(source: Source): Violation[] {
  if (ROOTS.has(source.path)) return [];
  const folder = folderOf(source.path);
  if (folder === undefined) return [`${source.path}: belongs to no folder of the architecture`];
  const allowed = IMPORTS[folder];
  if (allowed === undefined) return [`${source.path}: the folder ${folder} is not in the import table`];
  const violations: Violation[] = [];
  for (const { fileName: specifier } of ts.preProcessFile(source.text).importedFiles) {
    if (!specifier.startsWith(".")) {
      if (!PACKAGES[folder]?.(specifier))
        violations.push(`${source.path}: ${folder} may not import ${specifier}`);
      continue;
    }
    const target = folderOf(normalize(join(dirname(source.path), specifier)));
    if (target !== folder && (target === undefined || !allowed.includes(target)))
      violations.push(`${source.path}: ${folder} may not import ${specifier}`);
    if (!specifier.endsWith(".ts")) violations.push(`${source.path}: ${specifier} lacks its .ts extension`);
  }
  return violations;
}

/** Names that would bring a clock, randomness, a task queue or a platform into core. */
const AMBIENT = new Set([
  "Date",
  "Promise",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "Buffer",
  "process",
  "require",
  "globalThis",
  "console",
  "TextEncoder",
  "TextDecoder",
  "WeakRef",
  "FinalizationRegistry",
]);

/** Uses of time, randomness, promises or a platform in core. */
export function ambientNames(source: Source): Violation[] {
  const file = parse(source);
  const violations: Violation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && AMBIENT.has(node.text) && !isMemberName(node))
      violations.push(at(source, file, node, `core may not use ${node.text}`));
    if (ts.isPropertyAccessExpression(node) && node.getText(file) === "Math.random")
      violations.push(at(source, file, node, "core may not use Math.random"));
    if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node))
      violations.push(at(source, file, node, "core may not be asynchronous"));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return violations;
}

/** True for `name` in `a.name`, `{ name: 1 }`, `name() {}` and the like, which mean no global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent);
  return named && parent.name === node;
}

/** Uninitialised memory, which would leak what the process held before. */
export function uninitialisedMemory(source: Source): Violation[] {
  return /\ballocUnsafe(Slow)?\b/.test(source.text) ? [`${source.path}: allocUnsafe`] : [];
}

/** Notes to self belong into issues. */
export function unfinishedNotes(source: Source): Violation[] {
  return /\b(TODO|FIXME|XXX|HACK)\b/.test(source.text) ? [`${source.path}: holds a note to self`] : [];
}

/** File names that say nothing. */
export function emptyNames(source: Source): Violation[] {
  return /(^|[/.-])(utils?|helpers?|managers?|misc)([/.-]|$)|Manager|Utils/.test(source.path)
    ? [`${source.path}: the name says nothing`]
    : [];
}

/** Files above `limit` lines. */
export function tooLong(source: Source, limit: number): Violation[] {
  const lines = source.text.split("\n").length - 1;
  return lines > limit ? [`${source.path}: ${lines} lines, at most ${limit}`] : [];
}

/**
 * Exported declarations without a doc comment of their own. Neighbouring one-line constants or types may share one; what
 * no entry point of the package exports may also be covered by the comment on top of its file.
 */
export function undocumentedExports(source: Source, isPublic: (name: string) => boolean): Violation[] {
  const file = parse(source);
  const fileHasHeader = source.text.startsWith("/**");
  const violations: Violation[] = [];
  let sharing: { kind: ts.SyntaxKind; nextLine: number } | undefined;
  for (const statement of file.statements) {
    const firstLine = file.getLineAndCharacterOfPosition(statement.getStart(file)).line;
    const documented =
      ts.getJSDocCommentsAndTags(statement).length > 0 ||
      (sharing?.kind === statement.kind && sharing.nextLine === firstLine);
    const needsOwn = !fileHasHeader || namesDeclaredBy(statement).some(isPublic);
    if (isExported(statement) && !documented && needsOwn) {
      const firstText = statement.getText(file).split("\n", 1)[0] ?? "";
      violations.push(at(source, file, statement, `no doc comment: ${firstText}`));
    }
    const lastLine = file.getLineAndCharacterOfPosition(statement.getEnd()).line;
    sharing = documented ? { kind: statement.kind, nextLine: lastLine + 1 } : undefined;
  }
  return violations;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function namesDeclaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
  const name = ts.getNameOfDeclaration(statement as ts.DeclarationStatement);
  return name === undefined ? [] : [name.getText()];
}

/** What a file re-exports: `path#name`, or `path#*` for all that the file at `path` exports. */
export function reExports(source: Source): string[] {
  return parse(source).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
    const specifier = (statement.moduleSpecifier as ts.StringLiteral).text;
    const path = normalize(join(dirname(source.path), specifier));
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) return [`${path}#*`];
    return clause.elements.map((element) => `${path}#${(element.propertyName ?? element.name).text}`);
  });
}

/** Regular expressions that can take more than linear time, or that search in text instead of describing all of it. */
export function riskyRegularExpressions(source: Source): Violation[] {
  const file = parse(source);
  const violations: Violation[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      const problem = regularExpressionProblem(node.text.slice(1, end), node.text.slice(end + 1));
      if (problem !== undefined) violations.push(at(source, file, node, `${node.text}: ${problem}`));
    }
    if (ts.isIdentifier(node) && node.text === "RegExp")
      violations.push(at(source, file, node, "a regular expression made at run time"));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return violations;
}

/** What is wrong with a pattern, if anything. */
function regularExpressionProblem(pattern: string, flags: string): string | undefined {
  if (!pattern.startsWith("^") && !flags.includes("y")) return "not anchored";
  // For each open group: does it repeat without bound inside, and did the atom before repeat so?
  const groups = [{ repeats: false, previousRepeats: false }];
  let i = 0;
  while (i < pattern.length) {
    const group = groups.at(-1)!;
    const char = pattern[i]!;
    if (char === "(") {
      groups.push({ repeats: false, previousRepeats: false });
      i += pattern.startsWith("(?", i) ? 2 : 1;
      continue;
    }
    if (char === "|" || char === "^" || char === "$") {
      group.previousRepeats = false;
      i++;
      continue;
    }
    let atomRepeats = false;
    if (char === ")") {
      atomRepeats = groups.pop()!.repeats;
      i++;
    } else i = endOfAtom(pattern, i);
    const outer = groups.at(-1)!;
    const quantifier = /^(?:[*+]|\{\d+,\})\??/.exec(pattern.slice(i))?.[0];
    const bounded = /^(?:\?|\{\d+(?:,\d+)?\})\??/.exec(pattern.slice(i))?.[0];
    i += (quantifier ?? bounded ?? "").length;
    if (quantifier === undefined) {
      outer.repeats ||= atomRepeats;
      outer.previousRepeats = false;
      continue;
    }
    if (atomRepeats) return "nested quantifiers";
    if (outer.previousRepeats) return "adjacent quantifiers";
    outer.repeats = true;
    outer.previousRepeats = true;
  }
  return undefined;
}

/** Where the single-character atom (escape, class, character) that starts at `i` ends. */
function endOfAtom(pattern: string, i: number): number {
  if (pattern[i] === "\\") return i + 2;
  if (pattern[i] !== "[") return i + 1;
  let end = i + 1;
  while (end < pattern.length && pattern[end] !== "]") end += pattern[end] === "\\" ? 2 : 1;
  return end + 1;
}

const parsed = new WeakMap<Source, ts.SourceFile>();

function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2023, true);
  parsed.set(source, file);
  return file;
}

function at(source: Source, file: ts.SourceFile, node: ts.Node, message: string): Violation {
  return `${source.path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}: ${message}`;
}
