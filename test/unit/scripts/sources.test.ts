// The files of the project as the checks see them.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { nativeSources, projectFiles } from '../../../scripts/sources.mjs';
import { inFolder } from './folder';

test('are those that Git tracks or would track, with whatever name, and are there', async () => {
  const files = {
    '.gitignore': 'build/\n',
    'build/x': '',
    'b ö.txt': '',
    'lib/a.ts': '',
    'gone.ts': '',
    'new.ts': '',
  };
  await inFolder(files, async (folder) => {
    execFileSync('git', ['add', 'gone.ts', 'lib'], { cwd: folder });
    rmSync(join(folder, 'gone.ts'));
    expect(await projectFiles(folder)).toEqual(['.gitignore', 'b ö.txt', 'lib/a.ts', 'new.ts']);
  });
});

test('cannot be told outside of Git, and says so', async () => {
  await expect(projectFiles(tmpdir())).rejects.toThrow(/^git ls-files: fatal: not a git repo/);
});

test('of native/ are its sources alone', async () => {
  const sources = await nativeSources();
  expect(sources).toContain('native/pse.h');
  expect(sources).toContain('native/ops/api.cpp');
  expect(sources.filter((file) => !/^native\/.*\.(h|cpp|cu|cuh)$/.test(file))).toEqual([]);
});
