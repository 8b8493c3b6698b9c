// Arguments of extreme sizes, and what would crash a process if anything did.
import { describe, expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { runNode } from '../support/process';
import { GIVEN, LABELS } from './call';
import type { GoodArray } from './refusals/arrays';
import { FUNCTIONS } from './refusals/table';

describe('of no images', () => {
  const HUGE = 2 ** 40;
  const none = (...rest: readonly number[]) => ({ data: new Uint8Array(0), shape: [0, ...rest] });
  const maps = (...rest: readonly number[]) => ({ data: new Float32Array(0), shape: [0, ...rest] });

  test.each(['nearest', 'bilinear', 'none'] as const)(
    'the sizes of a batch may be anything: %s',
    (upsample) => {
      const labels = (kernels: number) => ({
        gtTexts: none(HUGE, 4),
        gtKernels: none(kernels, HUGE, 4),
        trainingMasks: none(HUGE, 4),
      });
      const loss = new PSELoss({ upsample, returnMask: true, checkValues: true });
      const { grad, selectedMask, ...result } = loss.valueAndGradSync(maps(3, HUGE, 4), labels(5));
      expect([result.loss, grad.shape, selectedMask?.shape]).toEqual([
        0,
        [0, 3, HUGE, 4],
        [0, HUGE, 4],
      ]);
    },
  );

  test.each(FUNCTIONS.map((row) => [row.name, row] as const))(
    'the planes of %s may be anything',
    async (_, row) => {
      const given = Object.fromEntries(
        Object.entries(row.given).map(([name, value]) => [
          name,
          row.places[name]?.kind === 'array'
            ? {
                ...(value as GoodArray),
                data: (value as GoodArray).data.slice(0, 0),
                shape: [0, HUGE, 7],
              }
            : value,
        ]),
      );
      const result = await row.call(given);
      if (typeof result === 'number') expect(result).toBe(0);
      else if (result instanceof Float32Array) expect(result).toHaveLength(0);
      else expect(result).toEqual({ data: new Float32Array(0), shape: [0, HUGE, 7] });
    },
  );
});

test('checkValues looks at the elements that there are', () => {
  const loss = new PSELoss({ checkValues: true });
  for (const length of [0, 2 ** 40]) {
    const data = Object.defineProperty(GIVEN.maps.data.slice(), 'length', { value: length });
    expect(loss.forwardSync({ ...GIVEN.maps, data }, LABELS).loss).toBeGreaterThan(0);
    data[47] = Number.NaN;
    expect(() => loss.forwardSync({ ...GIVEN.maps, data }, LABELS)).toThrow(
      /got NaN at \[n 1, c 3, y 1, x 2\]$/,
    );
  }
});

test('a typed array in place of labels, of any length, is refused at once', () => {
  const start = performance.now();
  const labels = new Uint8Array(2 ** 29);
  expect(() => new PSELoss().forwardSync(GIVEN.maps, labels as never)).toThrow(
    'expected labels to be an object { gtTexts, gtKernels, trainingMasks }, got a Uint8Array of 536870912 elements',
  );
  expect(performance.now() - start).toBeLessThan(2000);
});

test('a process lives through all of it, and ends by itself', async () => {
  const { code, signal, stdout, stderr } = await runNode(
    `const { PSELoss, compactLabels, diceLossSync, iouSync, ohemBatchSync } = require('pse-loss');
     const array = (shape, A = Uint8Array) => ({ data: new A(shape.reduce((a, b) => a * b, 1)), shape });
     const labels = () => ({ gtTexts: array([1, 8, 8]), gtKernels: array([1, 2, 8, 8]), trainingMasks: array([1, 8, 8]) });
     const maps = () => array([1, 3, 2, 2], Float32Array);
     const loss = new PSELoss({ returnMask: true });
     const gone = (a) => { structuredClone(a.data.buffer, { transfer: [a.data.buffer] }); };
     const sneaky = (victim, rest) => ({ ...rest, get trainingMasks() { gone(victim); return rest.trainingMasks; } });
     const tries = [
       () => { const m = maps(); loss.valueAndGradSync(m, sneaky(m, labels())); },
       () => { const l = labels(); loss.valueAndGradSync(maps(), sneaky(l.gtKernels, l)); },
       () => { const l = labels(); loss.valueAndGradSync(maps(), sneaky(l.trainingMasks, l)); },
       () => { const out = new Float32Array(12); loss.valueAndGradSync(maps(), labels(), { out, get gradScale() { gone({ data: out }); return 1; } }); },
       () => { const m = maps(); diceLossSync(m, m, m, { get eps() { gone(m); return 1; } }); },
       () => { const m = maps(); iouSync(m, m, m, { get nClass() { gone(m); return 2; } }); },
       () => { const c = compactLabels(labels(), { scale: 4 }); loss.forwardSync(maps(), { ...c, get scale() { gone(c.counts); return 4; } }); },
       () => loss.forwardSync(maps(), { counts: array([1, 7, 2, 2]), scale: 255, kernels: 2 ** 52, binarizeLabels: false, version: 1 }),
       () => diceLossSync(array([2 ** 40, 0], Float32Array), array([2 ** 40, 0]), array([2 ** 40, 0])),
       () => loss.forwardSync(maps(), new Uint8Array(2 ** 29)),
       () => compactLabels(new Float64Array(2 ** 26), { scale: 4 }),
     ];
     for (const work of tries) {
       let refused = 'nothing';
       try { work(); } catch ({ code, message }) { refused = code === 'ERR_PSE_INTERNAL' ? message : code; }
       console.log(refused);
       loss.valueAndGradSync(maps(), labels());
     }
     ohemBatchSync(array([0, 2 ** 40, 3], Float32Array), array([0, 2 ** 40, 3]), array([0, 2 ** 40, 3]));`,
  );
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual([
    ...Array(7).fill('ERR_PSE_SHAPE'),
    ...['ERR_PSE_DTYPE', 'ERR_PSE_OUT_OF_MEMORY', 'ERR_PSE_TYPE', 'ERR_PSE_TYPE'],
  ]);
});
