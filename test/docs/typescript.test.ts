// TypeScript in pages and doc comments: it compiles for a strict user of the built package, and prints what it says.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { ROOT } from '../support/process';
import { blocksOf, examples, pages, patternOf } from './pages';

const blocks = [...pages().flatMap(blocksOf), ...examples()].filter(
  ({ language }) => language === 'ts',
);

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node20,
  types: ['node'],
};

/** Where block i would lie as a file: at the root, so that 'pse-loss' is the package itself; a module, for its awaits. */
const fileOf = (i: number) => join(ROOT, `example-${i}.mts`);

let program: ts.Program;
beforeAll(() => {
  const virtual = new Map(blocks.map(({ code }, i) => [fileOf(i), `${code}\nexport {};\n`]));
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists.call(host, file);
  host.readFile = (file) => virtual.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, languageVersion) => {
    const text = host.readFile(file);
    return text === undefined ? undefined : ts.createSourceFile(file, text, languageVersion);
  };
  program = ts.createProgram([...virtual.keys()], OPTIONS, host);
}, 60_000);

test('there are examples', () => {
  expect(blocks.map(({ place }) => place.split(':')[0])).toEqual(
    expect.arrayContaining(['README.md', 'lib/loss/pse-loss.ts', 'lib/labels/make-labels.ts']),
  );
});

describe.each(blocks.map((block, i) => [block.place, block.code, i] as const))(
  '%s',
  (_place, code, i) => {
    test('compiles', () => {
      const file = program.getSourceFile(fileOf(i)) as ts.SourceFile;
      const found = [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ];
      expect(
        found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
      ).toEqual([]);
    });

    test('prints what its comments say', () => {
      const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
      const { outputText } = ts.transpileModule(code, { compilerOptions });
      const args = ['--input-type=module', '-e', outputText];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: ROOT,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const said = [...code.matchAll(/console\.log\(.*\);? \/\/ (.+)$/gm)].map(([, text]) => text);
      expect(said.length).toBeGreaterThan(0);
      const printed = stdout.trimEnd().split('\n');
      expect(printed.length).toBe(said.length);
      said.forEach((text, line) => {
        expect(printed[line]).toMatch(patternOf(text as string));
      });
    });
  },
);
