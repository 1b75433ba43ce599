#!/usr/bin/env node
// The public surface as text: for each entry point of package.json the declarations it exports, and those that these
// mention, from the built .d.ts files. docs/api-report/ holds the agreed state.
//   node scripts/api-report.mjs            fails and shows the difference when the surface has changed
//   node scripts/api-report.mjs --update   writes the surface down
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPORTS = join(ROOT, "docs/api-report");
const update = process.argv.includes("--update");

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === "object")
  .map(([subpath, target]) => ({
    specifier: manifest.name + subpath.slice(1),
    report: `${subpath === "." ? "index" : subpath.slice(2)}.api.md`,
    types: join(ROOT, target.types),
  }));

const program = ts.createProgram(
  entries.map(({ types }) => types),
  { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, noLib: true, types: [] },
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

const reports = new Map(entries.map((entry) => [entry.report, reportOf(entry)]));
if (update) writeReports();
else if (!compareReports()) process.exitCode = 1;

/** The whole report of one entry point. */
function reportOf({ specifier, types }) {
  const file = program.getSourceFile(types);
  if (!file) throw new Error(`${types} is missing: npm run build`);
  const module = checker.getSymbolAtLocation(file);
  const exported = new Map(
    (module ? checker.getExportsOfModule(module) : []).map((symbol) => [symbol.name, originOf(symbol)]),
  );
  const mentioned = mentionedBy([...exported.values()]);
  const heading = `# \`${specifier}\`\n\nWritten by \`npm run api:update\`; compared by \`npm test\`.\n`;
  return [
    heading,
    section("Exported", exported),
    section("Mentioned by these, not exported", mentioned),
  ].join("");
}

/** What an export stands for, through all re-exports. */
function originOf(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/** Our own declarations that can be reached from `symbols` and are not among them, by name. */
function mentionedBy(symbols) {
  const known = new Set(symbols);
  const found = new Map();
  const visit = (node) => {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : undefined;
    const symbol = name && checker.getSymbolAtLocation(name);
    const origin = symbol && originOf(symbol);
    if (origin && !known.has(origin) && isOurs(origin)) {
      known.add(origin);
      found.set(origin.name, origin);
      for (const declaration of origin.declarations) visit(declaration);
    }
    ts.forEachChild(node, visit);
  };
  for (const symbol of symbols) for (const declaration of symbol.declarations ?? []) visit(declaration);
  return found;
}

/** Whether a symbol is declared at the top level of one of our files (type parameters are not). */
function isOurs(symbol) {
  return (symbol.declarations ?? []).some(
    (declaration) =>
      declaration.getSourceFile().fileName.startsWith(join(ROOT, "dist")) &&
      (ts.isSourceFile(declaration.parent) || ts.isVariableDeclarationList(declaration.parent)),
  );
}

function section(title, symbols) {
  if (symbols.size === 0) return "";
  const names = [...symbols.keys()].sort();
  const blocks = names.map((name) => declarationsOf(name, symbols.get(name)));
  return `\n## ${title}\n\n\`\`\`ts\n${blocks.join("\n\n")}\n\`\`\`\n`;
}

/** The declarations of one symbol without comments and without the trace of private members. */
function declarationsOf(name, symbol) {
  const texts = (symbol.declarations ?? []).map((declaration) => {
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer
      .printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile())
      .replace(/^(export |default |declare )+/, "")
      .replace(/^ +#private;\n/m, "");
  });
  return symbol.name === name ? texts.join("\n") : `// exported as ${name}\n${texts.join("\n")}`;
}

function writeReports() {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  for (const [name, text] of reports) writeFileSync(join(REPORTS, name), text);
  console.log(`wrote ${reports.size} reports to docs/api-report`);
}

function compareReports() {
  const agreed = new Map(
    readdirSync(REPORTS).map((name) => [name, readFileSync(join(REPORTS, name), "utf8")]),
  );
  const names = [...new Set([...agreed.keys(), ...reports.keys()])].sort();
  const changed = names.filter((name) => agreed.get(name) !== reports.get(name));
  for (const name of changed) {
    console.error(`docs/api-report/${name}`);
    const before = new Set(agreed.get(name)?.split("\n"));
    const after = new Set(reports.get(name)?.split("\n"));
    for (const line of before) if (!after.has(line)) console.error(`  - ${line}`);
    for (const line of after) if (!before.has(line)) console.error(`  + ${line}`);
  }
  if (changed.length > 0)
    console.error("The public surface has changed. If that is meant: npm run api:update");
  else console.log(`The public surface is the agreed one (${reports.size} entry points).`);
  return changed.length === 0;
}
