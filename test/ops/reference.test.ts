// The loss against the float64 oracle: every scene, in every dtype of maps and labels, at every factor, with options that
// take every branch. Masks exactly, values and gradients within the tolerances.
import { describe, expect, test } from '@jest/globals';
import type { PSELossOptions } from 'pse-loss';
import { referenceLoss } from '../reference/pse-loss';
import { type BatchOptions, labelsOf, makeBatch, SCENES } from '../support/batch';
import { expectAsOracle } from './against-oracle';

type Size = Omit<BatchOptions, 'seed' | 'scene' | 'maps' | 'labels'>;

/** Odd sizes, so that no vector is full; every factor; as many and more kernels in the labels as in the maps. */
const SIZES: readonly Size[] = [
  { scale: 1, height: 9, width: 11, images: 3, kernels: 1 },
  { scale: 2, height: 6, width: 7, images: 2, kernels: 2, gtKernels: 3 },
  { scale: 3, height: 4, width: 5, images: 1, kernels: 3 },
  { scale: 4, height: 5, width: 6, images: 2, kernels: 6, gtKernels: 7 },
  { scale: 8, height: 3, width: 2, images: 2, kernels: 2, gtKernels: 6 },
  { scale: 4, height: 1, width: 1, images: 3, kernels: 1 },
];

const OPTIONS: readonly PSELossOptions[] = [
  {},
  { kernelSampleMask: 'gt', reduction: 'mean' },
  { alpha: 0.3, ohemRatio: 1, reduction: 'none', eps: 1e-3 },
  { alpha: 1, ohemRatio: 2.5, textThreshold: 0.25 },
  { alpha: 0, kernelWeight: 2.5, ohemRatio: 0.1, textThreshold: -1, eps: 1e-30 },
  { ohemRatio: 0, eps: 1 },
  { ohemRatio: 1e9, kernelSampleMask: 'gt', kernelWeight: 0 },
  { kernelSampleMask: 'union', negativePool: 'valid', emptyImages: 'skip', reduction: 'mean' },
  { binarizeLabels: true, fallbackMask: 'nonzero', textThreshold: 0, epsInNumerator: true },
  { kernelTrainingMask: 'above-half', fallbackMask: 'nonzero', ohemRatio: 0.2, eps: 1e-3 },
  { kernelSampleMask: 'union', kernelTrainingMask: 'above-half', emptyImages: 'skip' },
];

const MAPS = ['float32', 'float64'] as const;

describe.each(SCENES)('%s', (scene) => {
  // Scenes whose labels are not whole come in float32 only.
  const labels =
    labelsOf(scene) === 'fractional' ? (['float32'] as const) : (['uint8', 'float32'] as const);

  test.each(SIZES.map((size) => [JSON.stringify(size), size] as const))('%s', (_, size) => {
    for (const maps of MAPS) {
      const batches = labels.map((dtype) =>
        makeBatch({ ...size, seed: 1, scene, maps, labels: dtype }),
      );
      for (const options of OPTIONS) {
        const { maps: logits, labels: targets } = batches[0]!;
        const expected = referenceLoss(logits, targets, options);
        for (const batch of batches) expectAsOracle(batch, options, expected);
      }
    }
  });
});

test('the scenes and options take every branch of the selection', () => {
  const taken = new Set<string>();
  for (const scene of SCENES) {
    for (const ohemRatio of [3, 0]) {
      const { maps, labels } = makeBatch({ seed: 1, scene, height: 5, width: 6, kernels: 1 });
      for (const { positives, negatives, quota, threshold } of referenceLoss(maps, labels, {
        ohemRatio,
      }).mining) {
        if (positives === 0) taken.add('no positive');
        else if (negatives === 0) taken.add('no negative');
        else if (quota === 0) taken.add('no quota');
        else if (quota === negatives) taken.add('every negative');
        else if (threshold! > 0) taken.add('a threshold above 0');
        else taken.add('a threshold below 0');
      }
    }
  }
  expect([...taken].sort()).toEqual([
    'a threshold above 0',
    'a threshold below 0',
    'every negative',
    'no negative',
    'no positive',
    'no quota',
  ]);
});

describe('images large enough for every thread', () => {
  test.each(MAPS)('%s', (maps) => {
    // 480 × 532 pixels: a sum in float32 alone would be seen.
    for (const scene of ['words', 'soft-labels'] as const) {
      const size = { images: 1, kernels: 1, height: 120, width: 133 };
      expectAsOracle(makeBatch({ ...size, seed: 2, scene, maps }), { kernelSampleMask: 'gt' });
    }
  });
});
