// The loss against upstream's own code, run on the inputs of test/fixtures/golden. Its float64 results are the truth, for
// float32 maps too: a float32 that adds up one value after the other, as Paddle's does, is the less exact of the two.
import { expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { presets } from '../reference/presets';
import { expectClose, expectSame, largestOf } from '../support/compare';
import {
  type Golden,
  type GoldenCase,
  type GoldenResults,
  goldenCases,
  loadGolden,
} from '../support/golden';
import { GOLDEN_EXCEPTIONS } from '../support/golden-exceptions';
import { TOLERANCES, type Tolerance } from '../support/tolerances';
import { VALUES } from './against-oracle';
import { masksOf } from './masks';

const CLASSES = { float32: Float32Array, float64: Float64Array };
const cases = goldenCases().flatMap((each) =>
  (['float32', 'float64'] as const).map((maps) => [each.file, maps, each] as const),
);

test.each(cases)(
  '%s with %s maps: losses, IoUs, gradient, and both masks pixel for pixel',
  (_, dtype, each) => {
    const { maps, labels, float32, float64 } = loadGolden(each);
    const data = CLASSES[dtype].from(maps.data);
    if (dtype === 'float64') {
      hold(each, { data, shape: maps.shape }, labels, float64, TOLERANCES.float64Golden);
    } else if (each.precision_dependent) {
      // The case is about what float32 makes of it.
      hold(each, { data, shape: maps.shape }, labels, float32, TOLERANCES.float32Port);
    } else {
      hold(each, { data, shape: maps.shape }, labels, float64, TOLERANCES.float32Golden);
    }
  },
);

function hold(
  { file, preset, options }: GoldenCase,
  maps: Golden['maps'],
  labels: Golden['labels'],
  expected: GoldenResults,
  { value, grad }: Tolerance,
): void {
  const given = { preset, ...unlike(presets[preset], options), returnMask: true };
  const result = new PSELoss(given).valueAndGradSync(maps, labels);
  for (const name of VALUES) {
    // Not every upstream has IoUs.
    if (expected[name])
      expectClose(`${file} ${name}`, result.perImage[name], expected[name], value);
  }
  // What was differentiated: the loss, or its sum where nothing was reduced.
  const images = maps.shape[0]!;
  const total = [result.loss].flatMap((each) => (typeof each === 'number' ? each : [...each]));
  const sum = total.reduce((a, b) => a + b, 0);
  const within = value * (options.reduction === 'mean' ? 1 : images);
  expectClose(`${file} total`, sum, expected.total, within);
  expectClose(`${file} grad`, result.grad.data, expected.grad, grad * largestOf(expected.grad));

  const { selectedMask, kernelMask } = masksOf({ maps, labels }, given);
  expectSame(`${file} selectedMask`, result.selectedMask!.data, expected.selectedMask);
  expectSame(`${file} selected`, selectedMask, expected.selectedMask);
  expectSame(`${file} kernelMask`, kernelMask, expected.kernelMask);
}

/** What a case has of its own: the rest is to come from the product's preset. */
function unlike(preset: object, options: GoldenCase['options']): PSELossOptions {
  const known = { alpha: 0.7, ohemRatio: 3, alignCorners: false, ...preset };
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => value !== known[name as keyof typeof known]),
  );
}

test('every case of every upstream is tried, and compared as upstream has it but for those that are listed', () => {
  expect(goldenCases().length).toBe(142);
  expect(Object.keys(GOLDEN_EXCEPTIONS)).toEqual(['mmocr/reduction-sum']);
});

test('the float32 results of upstream are met where the precision decides, not its float64 ones', () => {
  const sigmoidHalf = goldenCases('paddleocr').filter((each) => each.precision_dependent);
  expect(sigmoidHalf.map(({ file }) => file)).toEqual(['paddleocr/sigmoid-half.npz']);
  const { float32, float64 } = loadGolden(sigmoidHalf[0]!);
  expect(Math.abs(float32.lossKernels[0]! - float64.lossKernels[0]!)).toBeGreaterThan(1e-3);
});
