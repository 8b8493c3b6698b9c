// examples/python, as its README says to run it: the loss falls, and counts give the losses of the labels.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ROOT, run } from '../support/process';
import { findPython } from '../support/python';

const SCRIPT = join(ROOT, 'examples/python/train.py');

const folder = mkdtempSync(join(tmpdir(), 'pse-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = (script: string, ...args: readonly string[]) =>
  run(findPython(), [script, ...args], { env: { ...process.env, OMP_NUM_THREADS: '2' } });

async function losses(...args: readonly string[]): Promise<readonly number[]> {
  const { code, stdout, stderr } = await python(SCRIPT, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return [...stdout.matchAll(/^step +\d+ {2}loss (\d\.\d{4}) {2}text IoU \d\.\d{3}$/gm)].map(
    ([, loss]) => Number(loss),
  );
}

describe('examples/python/train.py', () => {
  test('makes the loss fall, with labels and with their counts alike', async () => {
    const ofLabels = await losses('--steps', '21');
    expect(ofLabels).toHaveLength(3);
    expect(ofLabels[2]).toBeLessThan(ofLabels[0]! / 2);
    expect(await losses('--steps', '21', '--compact')).toEqual(ofLabels);
  }, 120_000);

  test("makes mmocr's loss fall, compiled", async () => {
    const falling = await losses('--steps', '21', '--preset', 'mmocr', '--compile', 'aot_eager');
    expect(falling[2]).toBeLessThan(falling[0]! / 2);
  }, 120_000);

  test("refuses counts for an upsampling that is not PaddleOCR's", async () => {
    const { code, stderr } = await python(SCRIPT, '--preset', 'mmocr', '--compact');
    expect(code).toBe(2);
    expect(stderr).toContain('--compact goes with --preset paddleocr');
  });

  test('says how to get the library where there is none', async () => {
    const copy = join(folder, 'train.py');
    copyFileSync(SCRIPT, copy);
    const { code, stderr } = await python(copy);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^no .*libpse_ops-\d+\.\d+\.so .*: run `npm run setup`/);
  });
});
