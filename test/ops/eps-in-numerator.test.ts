// epsInNumerator, mmocr 0.x's smoothing: an image without text has loss 0 when nothing is predicted.
import { describe, expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { expectAsOracle } from './against-oracle';
import { rowOf } from './small';

const OPTIONS = { epsInNumerator: true, eps: 1e-3 } as const;

describe('values', () => {
  test('eps is added to a, b and c', () => {
    const { maps, labels } = rowOf([0, 0], [1, 0]);
    const { lossText } = new PSELoss(OPTIONS).forwardSync(maps, labels);
    // a = ½ + eps; b = ¼ + ¼ + eps; c = 1 + eps
    expect(lossText).toBeCloseTo(1 - (2 * (0.5 + 1e-3)) / (0.5 + 1 + 2e-3), 14);
  });

  test('nothing predicted where nothing is costs nothing', () => {
    const { maps, labels } = rowOf([-1000, -1000], [0, 0]);
    expect(new PSELoss(OPTIONS).forwardSync(maps, labels).lossText).toBe(0);
    expect(new PSELoss({ eps: 1e-3 }).forwardSync(maps, labels).lossText).toBe(1);
  });

  test('a false alarm on an image without text is punished: it has a gradient', () => {
    const { maps, labels } = rowOf([2, -2], [0, 0]);
    const { lossText, grad } = new PSELoss(OPTIONS).valueAndGradSync(maps, labels);
    expect(lossText).toBeGreaterThan(0.99);
    expect(grad.data[0]).toBeGreaterThan(0);
    const { grad: without } = new PSELoss().valueAndGradSync(maps, labels);
    expect([...without.data.subarray(0, 2)]).toEqual([0, 0]);
  });

  test('everything ignored costs nothing', () => {
    const { maps, labels } = rowOf([3, -2], [1, 0], [0, 0]);
    const { lossText, lossKernels } = new PSELoss(OPTIONS).forwardSync(maps, labels);
    expect([lossText, lossKernels]).toEqual([0, 0]);
  });
});

test.each(['float32', 'float64'] as const)('reference: every scene, %s', (maps) => {
  for (const scene of ['words', 'no-text', 'all-ignored', 'tiny-text', 'soft-labels'] as const) {
    expectAsOracle(makeBatch({ seed: 21, scene, maps }), OPTIONS);
  }
});
