// The static checks that read the project's text: the project passes, and what is planted is found.
import { describe, expect, test } from '@jest/globals';
import {
  checkAddonDoor,
  checkBreaksApply,
  checkMachinePaths,
} from '../../../scripts/check-static.mjs';
import { inFolder } from './folder';

describe('one door to the addon', () => {
  test('is kept by the project', async () => {
    expect(await checkAddonDoor()).toEqual([]);
  });

  const found = (file: string, text: string) => inFolder({ [file]: text }, checkAddonDoor);

  test.each([
    ['lib/loss/a.ts', "require('../build/Release/pse_loss.node')"],
    ['lib/loss/a.ts', 'const name = "pse_loss.node";'],
    ['lib/loss/a.ts', 'require(`./pse_loss.node`)'],
    ['lib/index.mts', 'createRequire(import.meta.url)'],
    ['lib/cli/a.ts', 'process.dlopen(module, file)'],
    ['lib/cli/a.cts', 'process.dlopen (module, file)'],
  ])('finds in %s: %s', async (file, text) => {
    expect(await found(file, `// first line\n  ${text}\n`)).toEqual([
      `${file}:2: ${text}\n  only lib/native/addon.ts loads the addon`,
    ]);
  });

  test.each([
    ['lib/native/addon.ts', "require('../build/Release/pse_loss.node')"],
    ['test/binding/a.test.ts', "require('../build/Release/pse_loss.node')"],
    ['lib/loss/a.ts', "import { join } from 'node:path'; map.node; a.nodes"],
    ['lib/loss/README.md', "require('../build/Release/pse_loss.node')"],
  ])('lets %s say %s', async (file, text) => {
    expect(await found(file, text)).toEqual([]);
  });
});

describe('no paths of one machine', () => {
  test('stand in the project', async () => {
    expect(await checkMachinePaths()).toEqual([]);
  });

  const found = (text: string | Uint8Array, file = 'lib/a.ts') =>
    inFolder({ [file]: text }, checkMachinePaths);
  /** Put together here, because this file is checked too. */
  const path = (...parts: readonly string[]) => ['', ...parts].join('/');

  test.each([
    path('home', 'someone', 'project'),
    path('root', 'project'),
    path('tmp', 'file'),
    path('work', 'project'),
    path('Users', 'someone'),
    ['..', 'shared', 'page.md'].join('/'),
  ])('finds %s', async (text) => {
    expect(await found(`first\n"${text}"\n`)).toEqual([`lib/a.ts:2: "${text}"`]);
    expect(await found(text, 'docs/a.md')).toHaveLength(1);
  });

  test.each([
    `https://example.org${path('home', 'page')}`,
    `lib${path('work', 'a.ts')}`,
    `~${path('tmp', 'x')}`,
    `.${path('tmp', 'x')}`,
    path('usr', 'bin', 'env'),
    path('tmp'),
  ])('lets %s pass', async (text) => {
    expect(await found(text)).toEqual([]);
  });

  test('leaves pictures and arrays alone, and what is ignored', async () => {
    const text = path('home', 'someone');
    expect(await found(Buffer.from(`\0${text}`))).toEqual([]);
    expect(await inFolder({ 'a.txt': text, '.gitignore': 'a.txt' }, checkMachinePaths)).toEqual([]);
  });
});

describe('planted breaks', () => {
  const patch = '--- a/lib/a.ts\n+++ b/lib/a.ts\n@@ -1 +1 @@\n-const a = 1;\n+const a = 2;\n';
  const checked = (text: string) =>
    inFolder({ 'lib/a.ts': text, 'test/breaks/a-is-two.patch': patch }, checkBreaksApply);

  test('of the project apply', async () => {
    expect(await checkBreaksApply()).toEqual([]);
  });

  test('pass where their lines stand', async () => {
    expect(await checked('const a = 1;\n')).toEqual([]);
  });

  test('are named where their lines were rewritten', async () => {
    expect(await checked('const b = 1;\n')).toEqual([
      expect.stringMatching(/^test\/breaks\/a-is-two\.patch no longer applies: .*lib\/a\.ts/s),
    ]);
  });
});
