// The tree as a reader meets it: a short list at the top, and a page in every room that says what it is for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { root } from '../../../scripts/run-command.mjs';
import { projectFiles } from '../../../scripts/sources.mjs';

const FIXED = [
  'CMakeLists.txt',
  'binding.gyp.d.ts',
  'lib',
  'native',
  'package.json',
  'scripts',
  'test',
];
const OURS = ['CHANGELOG.md', 'CONTRIBUTING.md', 'README.md', 'docs', 'examples'];
/** Come with the first workload and the first package of their own. */
const LATER = ['bench', 'packages'];
/** What tools want to find here. */
const TOOLS = [
  'LICENSE',
  'biome.json',
  'jest.config.cjs',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.test.json',
];
const HIDDEN = ['.ci', '.clang-format', '.dependency-cruiser.cjs', '.gitignore'];

let files: string[] = [];
beforeAll(async () => {
  files = await projectFiles();
});

const top = () => [...new Set(files.map((file) => file.split('/')[0]!))];

describe('the top level', () => {
  test.each([...FIXED, ...OURS, ...TOOLS, ...HIDDEN])('has %s', (entry) => {
    expect(top()).toContain(entry);
  });

  test('has nothing else', () => {
    const known = [...FIXED, ...OURS, ...LATER, ...TOOLS, ...HIDDEN];
    expect(top().filter((entry) => !known.includes(entry))).toEqual([]);
  });
});

test('every room says what it is for, in a README.md', () => {
  const children = (folder: string) =>
    files
      .filter((file) => file.startsWith(`${folder}/`) && file.split('/').length > 2)
      .map((file) => file.split('/').slice(0, 2).join('/'));
  const rooms = [
    ...['lib', 'native', 'test'].flatMap((folder) => [folder, ...children(folder)]),
    ...['scripts', 'examples', 'docs', 'docs/decisions'],
  ];
  const silent = rooms.filter((room) => !files.includes(`${room}/README.md`));
  expect([...new Set(silent)]).toEqual([]);
});

test('a command is one file of scripts/ or bench/, and their pages name every command and file', () => {
  const text = (file: string) => readFileSync(join(root, file), 'utf8');
  const page = text('scripts/README.md');
  const commands = Object.entries<string>(JSON.parse(text('package.json')).scripts);
  for (const [name, command] of commands) {
    // What is measured is a workload: a file of bench/, named there.
    const workload = name.match(/^bench:(.+)/)?.[1];
    if (workload !== undefined) {
      expect(command).toBe(`node bench/${workload}.mjs`);
      expect(text('bench/README.md')).toContain(`npm run ${name}`);
      continue;
    }
    expect(command).toBe(`node scripts/${name.replace(':', '-')}.mjs`);
    expect(page).toMatch(new RegExp(`\`npm (run )?${name}\``));
  }
  const inside = files.filter((file) => file.startsWith('scripts/'));
  expect(inside.filter((file) => !/^scripts\/([\w-]+\.mjs|README\.md)$/.test(file))).toEqual([]);
  const unnamed = inside.filter((file) => file.endsWith('.mjs') && !page.includes(file.slice(8)));
  expect(unnamed).toEqual([]);
});
