import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ROOT, run } from '../support/process';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pse-loss-sharp-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('without sharp, which is an optional peer, photos are refused with the way to get it', async () => {
  const { dependencies } = require(join(ROOT, 'package.json')) as {
    dependencies: Record<string, string>;
  };
  await cp(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  await cp(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  await mkdir(join(folder, 'node_modules'));
  for (const name of Object.keys(dependencies)) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const main = join(folder, 'dist', 'cli', 'main.js');
  const { code, stdout, stderr } = await run(process.execPath, [main, 'fit'], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^pse-loss: photos are decoded by sharp, .*: npm i sharp\n$/);
});
