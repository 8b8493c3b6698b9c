// What `npm run dev` sees, and which tests it runs for it.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { jestRuns, lookAt, nextChange } from '../../../scripts/dev.mjs';

const NATIVE = ['test/binding', 'test/ops', 'test/parity'];

describe('jestRuns', () => {
  test.each<[string[], string[][]]>([
    [['lib/errors.ts'], [['--findRelatedTests', 'lib/errors.ts']]],
    [
      ['lib/index.mts', 'test/unit/errors.test.ts'],
      [['--findRelatedTests', 'lib/index.mts', 'test/unit/errors.test.ts']],
    ],
    [['native/pse.h'], [NATIVE]],
    [['CMakeLists.txt'], [NATIVE]],
    [['scripts/setup.mjs'], [['test/unit/scripts']]],
    [
      ['scripts/setup.mjs', 'lib/errors.ts', 'native/ops/api.cpp'],
      [NATIVE, ['test/unit/scripts'], ['--findRelatedTests', 'lib/errors.ts']],
    ],
    [['lib/README.md', 'test/parity/requirements.txt', 'binding.gyp.d.ts'], []],
    [[], []],
  ])('%p', (files, runs) => {
    expect(jestRuns(files)).toEqual(runs);
  });
});

describe('nextChange', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pse-dev-'));
    for (const name of ['lib', 'native']) mkdirSync(join(folder, name));
    write('lib/a.ts', 'a');
    write('native/a.h', 'a');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const look = () => lookAt(folder);
  const next = async (before = look(), ...steps: readonly (() => void)[]) => {
    const change = nextChange(before, look, 20);
    for (const step of steps) {
      step();
      await sleep(5);
    }
    return (await change).files.sort();
  };

  test.each<[string, () => void, string[]]>([
    ['a file that was written', () => write('lib/a.ts', 'longer'), ['lib/a.ts']],
    ['a new file', () => write('native/b.cpp', ''), ['native/b.cpp']],
    ['a file that was removed', () => rmSync(join(folder, 'lib/a.ts')), ['lib/a.ts']],
    [
      'a file that was put in the place of another, as editors save',
      () => {
        write('lib/a.ts.new', 'saved');
        renameSync(join(folder, 'lib/a.ts.new'), join(folder, 'lib/a.ts'));
      },
      ['lib/a.ts'],
    ],
    [
      'a file in a new folder',
      () => {
        mkdirSync(join(folder, 'lib/loss'));
        write('lib/loss/b.ts', '');
      },
      ['lib/loss/b.ts'],
    ],
    ['a file beside the folders', () => write('CMakeLists.txt', 'x'), ['CMakeLists.txt']],
  ])('sees %s', async (_, change, expected) => {
    expect(await next(look(), change)).toEqual(expected);
  });

  test('sees what changed before it was called', async () => {
    const before = look();
    write('lib/a.ts', 'longer');
    expect(await next(before)).toEqual(['lib/a.ts']);
  });

  test('waits until nothing changes any more', async () => {
    const steps = Array.from({ length: 20 }, (_, i) => () => write('lib/a.ts', 'x'.repeat(i + 2)));
    const last = () => write('native/a.h', 'last');
    expect(await next(look(), ...steps, last)).toEqual(['lib/a.ts', 'native/a.h']);
  });

  test("does not see editors' files, compiled Python, nor what is not watched", async () => {
    mkdirSync(join(folder, 'lib/__pycache__'));
    mkdirSync(join(folder, 'dist'));
    const before = look();
    for (const file of ['lib/.a.ts.swp', 'lib/__pycache__/a.pyc', 'dist/a.js']) write(file, '');
    expect(look()).toEqual(before);
  });
});
