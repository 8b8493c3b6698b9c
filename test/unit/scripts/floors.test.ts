// The floors of lib/ as .dependency-cruiser.cjs holds them: a planted import against each rule turns the check red.
import { copyFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { checkFloors } from '../../../scripts/check-static.mjs';
import { CommandError, root } from '../../../scripts/run-command.mjs';
import { inFolder } from './folder';

// The check prints its command.
beforeAll(() => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
});
afterAll(() => {
  jest.restoreAllMocks();
});

const uses = (...modules: readonly string[]) =>
  modules.map((module, i) => `import { x as x${i} } from '${module}';\nx${i};\n`).join('');

/** A tree with a file in every room, in which nothing is wrong. */
const CLEAN: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    dependencies: { commander: '*' },
    devDependencies: { pngjs: '*' },
    peerDependencies: { sharp: '*' },
  }),
  'tsconfig.json': '{ "compilerOptions": { "module": "node20", "target": "es2022" } }',
  'binding.gyp.d.ts': 'export type Addon = 1;',
  'lib/errors.ts': 'export const x = 1;',
  'lib/arguments/number.ts': `${uses('../errors')}export { x } from './shape';`,
  'lib/arguments/shape.ts': 'export const x = 1;',
  'lib/native/addon.ts': `import type { Addon } from '../../binding.gyp';\nexport const x: Addon = 1;\n${uses('../errors', '../arguments/number')}`,
  'lib/tensor/tensor.ts': `export const x = 1;\n${uses('../arguments/number', '../native/addon', '../errors', 'node:fs')}`,
  'lib/labels/index.ts': `export const x = 1;\n${uses('../tensor/tensor')}`,
  'lib/diagnose/findings.ts': `export const x = 1;\n${uses('../tensor/tensor', 'commander')}`,
  'lib/loss/pse-loss.ts': `export const x = 1;\n${uses('../labels', '../diagnose/findings', '../errors')}`,
  'lib/train/index.ts': `export const x = 1;\n${uses('../loss/pse-loss')}`,
  'lib/serve/index.ts': `export const x = 1;\n${uses('../loss/pse-loss')}`,
  'lib/index.ts': "export { x } from './train';",
  'lib/index.mts': "export { x } from './index.js';",
  'lib/cli/main.ts': uses('../index', '../labels', 'sharp'),
};

/** What the check prints for a tree. */
async function check(files: Readonly<Record<string, string>>): Promise<string> {
  return inFolder({ ...CLEAN, ...files }, async (folder) => {
    copyFileSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
    const packages = join(folder, 'node_modules');
    symlinkSync(join(root, 'node_modules'), packages);
    try {
      await checkFloors(folder);
      return '';
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error.output;
    } finally {
      rmSync(packages);
    }
  });
}

test('the project keeps its floors', async () => {
  await checkFloors();
});

test('a clean tree passes', async () => {
  expect(await check({})).toBe('');
});

describe('finds', () => {
  const planted: readonly [string, string, string, string][] = [
    ['an import upwards', 'floor-2', 'lib/arguments/planted.ts', '../native/addon'],
    ['an import upwards over several floors', 'floor-4', 'lib/tensor/planted.ts', '../cli/main'],
    ['an import upwards to a file of lib/ itself', 'floor-6', 'lib/loss/planted.ts', '../index'],
    ['an import from the room beside', 'floor-5', 'lib/labels/planted.ts', '../diagnose/findings'],
    [
      'an import from the room beside, through its index',
      'floor-7',
      'lib/train/planted.ts',
      '../serve',
    ],
    [
      'an import of types alone upwards',
      'floor-3',
      'lib/native/planted.ts',
      'type ../loss/pse-loss',
    ],
    ['a room that has no floor', 'unknown-room', 'lib/attic/planted.ts', '../errors'],
    ['an import from outside lib/', 'outside', 'lib/cli/planted.ts', '../../test/helper'],
    ['a package for development alone', 'development-package', 'lib/diagnose/planted.ts', 'pngjs'],
    ['a package that nobody names', 'development-package', 'lib/serve/planted.ts', 'jest'],
    ['an import of nothing', 'unresolved', 'lib/evaluate/planted.ts', './gone'],
  ];
  let output = '';
  beforeAll(async () => {
    const files = planted.map(([, , file, module]) => [
      file,
      module.startsWith('type ')
        ? `import type { x } from '${module.slice(5)}';\nexport type Y = typeof x;\n`
        : uses(module),
    ]);
    output = await check({
      ...Object.fromEntries(files),
      'test/helper.ts': 'export const x = 1;',
      'lib/postprocess/a.ts': `export const x = 1;\n${uses('./b')}`,
      'lib/postprocess/b.ts': `export const x = 1;\n${uses('./a')}`,
    });
  });

  test.each(planted)('%s', (_, rule, file) => {
    expect(output).toMatch(new RegExp(`error ${rule}: ${file.replaceAll('.', '\\.')}`));
  });

  test('a circle within a room', () => {
    expect(output).toMatch(/error circle: lib\/postprocess\/a\.ts/);
  });

  test('all that was planted, and nothing in the files that were clean', () => {
    const found = [...output.matchAll(/^\s*error ([\w-]+): (\S+)/gm)].map(([, , file]) => file);
    const expected = new Set([...planted.map(([, , file]) => file), 'lib/postprocess/a.ts']);
    expect(new Set(found)).toEqual(expected);
  });
});
