// What check_faces does: node check_faces.mjs ROOT TOOLS. Prints what is wrong as file:line and exits 1.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [root, tools] = process.argv.slice(2);
const require = createRequire(path.join(tools, 'package.json'));
const { Linter } = require('eslint');
const ts = require('typescript');

const kRules = {
  'no-undef': 'error', 'no-unused-vars': ['error', { args: 'none' }],
  'no-const-assign': 'error', 'no-dupe-keys': 'error', 'no-dupe-class-members': 'error',
  'no-unreachable': 'error', 'no-fallthrough': 'error', 'no-self-assign': 'error',
  'no-self-compare': 'error', 'no-shadow-restricted-names': 'error', 'no-var': 'error',
  'prefer-const': 'error', eqeqeq: 'error', 'no-throw-literal': 'off', 'use-isnan': 'error',
  'valid-typeof': 'error', 'constructor-super': 'error', 'getter-return': 'error',
  'no-redeclare': 'error', 'no-sparse-arrays': 'error', 'no-loss-of-precision': 'error',
  'no-eval': 'error', 'no-extra-bind': 'error', 'no-useless-catch': 'error',
};
// What V8 alone gives to faces; they take it when they are loaded, before a script can replace it.
const kGlobals = ['Array', 'ArrayBuffer', 'BigInt', 'Boolean', 'DataView', 'Date', 'Error', 'Float64Array', 'Function',
  'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'Reflect', 'RegExp', 'Set', 'String',
  'Symbol', 'SyntaxError', 'TypeError', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'decodeURIComponent',
  'encodeURIComponent', 'globalThis', 'isNaN', 'parseInt'];
const globals = Object.fromEntries(kGlobals.map((name) => [name, 'readonly']));

let wrong = 0;
function complain(where, what) {
  console.log(`${where}: ${what}`);
  wrong += 1;
}

// The files of a face as one module, as scripts/cmake/faces.cmake puts them together, and where each line is from.
function faceOf(folder, name) {
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.js')).sort();
  files.push(...files.splice(files.indexOf(`${name}.js`), 1));
  const lines = [];
  for (const file of files) {
    const text = fs.readFileSync(path.join(folder, file), 'utf8').replace(/\n$/, '').split('\n');
    text.forEach((line, i) => lines.push({ line, where: `agent/modules/${name}/${file}:${i + 1}` }));
  }
  return lines;
}

// The names a module exports, from its text.
function exportsOf(source) {
  const file = ts.createSourceFile('face.mjs', source, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const names = new Set();
  for (const statement of file.statements) {
    const exported = statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    if (ts.isExportAssignment(statement)) names.add('default');
    if (ts.isExportDeclaration(statement) && statement.exportClause) {
      for (const one of statement.exportClause.elements) names.add(one.name.text);
    }
    if (exported && ts.isVariableStatement(statement)) {
      for (const one of statement.declarationList.declarations) names.add(one.name.text);
    } else if (exported && statement.name) {
      names.add(statement.name.text);
    }
  }
  return names;
}

// The values that a .d.ts file says are exported: its own and k6's, but for abstract classes, which are types, and for
// what a line `// not here: NAME: REASON` names.
function declaredBy(checker, program, file) {
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
  const missing = [...fs.readFileSync(file, 'utf8').matchAll(/^\/\/ not here: (\w+): /gm)].map(([, name]) => name);
  const values = checker.getExportsOfModule(symbol).filter((one) => {
    const target = one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one;
    const abstract = target.declarations?.some((d) => d.modifiers?.some((m) => m.kind === ts.SyntaxKind.AbstractKeyword));
    return target.flags & ts.SymbolFlags.Value && !abstract && !missing.includes(one.name);
  });
  return new Set(values.map((one) => one.name));
}

const modules = path.join(root, 'agent/modules');
// The folders of modules that scripts can import.
const list = fs.readFileSync(path.join(root, 'common/plan/modules.inc'), 'utf8');
const listed = [...list.matchAll(/^MODULE\("[^"]+", (\w+)/gm)].map(([, folder]) => folder);
const names = fs.readdirSync(modules).filter((name) => fs.existsSync(path.join(modules, name, `${name}.js`)));
const typed = names.map((name) => path.join(modules, name, `${name}.d.ts`)).filter((file) => fs.existsSync(file));
const k6 = path.join(tools, 'node_modules/@types/k6');
const program = ts.createProgram(typed, {
  noEmit: true, strict: true, types: [], baseUrl: root, skipLibCheck: true,
  moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext,
  paths: { k6: [`${k6}/index.d.ts`], 'k6/*': [`${k6}/*/index.d.ts`, `${k6}/*.d.ts`] },
});
for (const problem of ts.getPreEmitDiagnostics(program)) {
  if (!problem.file?.fileName.startsWith(modules)) continue;
  complain(problem.file.fileName, ts.flattenDiagnosticMessageText(problem.messageText, ' '));
}
const checker = program.getTypeChecker();
const linter = new Linter();
for (const name of names) {
  const lines = faceOf(path.join(modules, name), name);
  const source = lines.map(({ line }) => line).join('\n');
  const found = linter.verify(source, {
    languageOptions: { ecmaVersion: 2022, sourceType: 'module', globals }, rules: kRules,
  });
  for (const { line, message, ruleId } of found) complain(lines[line - 1].where, `${message} (${ruleId})`);
  const types = path.join(modules, name, `${name}.d.ts`);
  if (!fs.existsSync(types)) {
    if (listed.includes(name)) {
      complain(`agent/modules/${name}`, `has no ${name}.d.ts, and scripts can import it`);
    }
    continue;
  }
  const given = exportsOf(source), declared = declaredBy(checker, program, types);
  for (const one of declared) if (!given.has(one)) complain(types, `'${one}' is declared, but not exported by the face`);
  for (const one of given) if (!declared.has(one)) complain(types, `'${one}' is exported by the face, but not declared`);
}
if (wrong > 0) process.exit(1);
console.log(`check_faces: ${names.length} faces, ${typed.length} with types`);
