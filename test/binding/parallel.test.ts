// The parallel function that ops hands to fused: at::parallel_for is serial, without a word, in a file compiled
// without -fopenmp, so what counts is how the product's own object was compiled. It is linked here as it is.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { RELEASE, ROOT } from '../support/process';

test('runs every index once, in more than one chunk and on more than one thread', () => {
  const object = join(ROOT, 'build/CMakeFiles/pse_ops.dir/native/ops/parallel.cpp.o');
  expect([object, existsSync(object)]).toEqual([object, true]);
  const { directory } = JSON.parse(readFileSync(join(RELEASE, 'libtorch.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'pse-parallel-'));
  try {
    const program = join(folder, 'parallel');
    execFileSync(process.env.CXX ?? 'c++', [
      '-std=c++20',
      `-isystem${join(directory, '..', 'include')}`,
      join(__dirname, 'parallel.cpp'),
      object,
      `-L${directory}`,
      '-ltorch_cpu',
      '-lc10',
      '-fopenmp',
      `-Wl,-rpath,${directory}`,
      '-o',
      program,
    ]);
    const { chunks, threads, once } = JSON.parse(execFileSync(program, { encoding: 'utf8' }));
    expect(once).toBe(true);
    expect(chunks).toBeGreaterThan(1);
    expect(threads).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
