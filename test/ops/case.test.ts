// A batch that went through a file: the loss of what comes back is that of what went in, to the last bit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type CompactLabels, compactLabels, PSELoss, type PSELossOptions } from 'pse-loss';
import type { CaseInput } from '../../lib/files/case';
import { loadCase } from '../../lib/files/load-case';
import { saveCase } from '../../lib/files/save-case';
import { LABEL_DTYPES, MAP_DTYPES, makeBatch } from '../support/batch';

const folder = mkdtempSync(join(tmpdir(), 'pse-case-'));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = join(folder, 'case.safetensors');

async function expectSame({ maps, labels, options }: CaseInput & { options: PSELossOptions }) {
  await saveCase(FILE, { maps, labels, options });
  const found = await loadCase<PSELossOptions>(FILE);
  const given = new PSELoss(options).valueAndGradSync(maps, labels);
  expect(new PSELoss(found.options).valueAndGradSync(found.maps, found.labels)).toEqual(given);
  expect(Number.isFinite(given.lossText as number)).toBe(true);
}

test.each(MAP_DTYPES)('maps of %s', async (maps) => {
  const batch = makeBatch({ seed: 1, maps });
  await expectSame({ ...batch, options: { alpha: 0.1, kernelSampleMask: 'union' } });
});

test.each(LABEL_DTYPES)('labels of %s', async (labels) => {
  await expectSame({ ...makeBatch({ seed: 2, labels }), options: { preset: 'mmocr' } });
});

test.each([2, 16])('compact labels of scale %d', async (scale) => {
  const { maps, labels } = makeBatch({ seed: 3, scale, height: 6, width: 5 });
  const options = { reduction: 'mean' } as const;
  const counts: CompactLabels = compactLabels(labels, { scale });
  await expectSame({ maps, labels: counts, options });
  // And those of the pixels.
  const found = await loadCase(FILE);
  expect(new PSELoss(options).forwardSync(found.maps, found.labels)).toEqual(
    new PSELoss(options).forwardSync(maps, labels),
  );
});

test('the options that a loss holds are those that come back', async () => {
  const batch = makeBatch({ seed: 4 });
  const { options } = new PSELoss({ preset: 'psenet', eps: 1e-7 });
  await saveCase(FILE, { ...batch, options });
  expect((await loadCase(FILE)).options).toEqual(options);
});
