// The loss against PaddleOCR's own PSELoss, run by PaddlePaddle on the inputs of test/fixtures/golden. Its float64 results
// are the truth, for float32 maps too: its float32 adds up one value after the other and is the less exact of the two.
import { expect, test } from '@jest/globals';
import { PSELoss } from 'pse-loss';
import { expectClose, expectSame, largestOf } from '../support/compare';
import {
  type Golden,
  type GoldenCase,
  type GoldenResults,
  goldenCases,
  loadGolden,
} from '../support/golden';
import { TOLERANCES, type Tolerance } from '../support/tolerances';
import { VALUES } from './against-oracle';

const CLASSES = { float32: Float32Array, float64: Float64Array };
const cases = goldenCases.flatMap((each) =>
  (['float32', 'float64'] as const).map((maps) => [each.file, maps, each] as const),
);

test.each(cases)(
  '%s with %s maps: losses, IoUs, gradient, and the selection pixel for pixel',
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
  { file, options }: GoldenCase,
  maps: Golden['maps'],
  labels: Golden['labels'],
  expected: GoldenResults<Float32Array | Float64Array>,
  { value, grad }: Tolerance,
): void {
  const { alpha, ohemRatio, kernelSampleMask, reduction, eps } = options;
  const loss = new PSELoss({
    alpha,
    ohemRatio,
    kernelSampleMask,
    reduction,
    eps,
    returnMask: true,
  });
  const result = loss.valueAndGradSync(maps, labels);
  for (const name of VALUES) {
    expectClose(`${file} ${name}`, result.perImage[name], expected[name], value);
  }
  // What was differentiated: the loss, or its sum where nothing was reduced.
  const images = maps.shape[0]!;
  const total = [result.loss].flatMap((each) => (typeof each === 'number' ? each : [...each]));
  const sum = total.reduce((a, b) => a + b, 0);
  expectClose(`${file} total`, sum, expected.total, value * (reduction === 'mean' ? 1 : images));
  expectSame(`${file} selectedMask`, result.selectedMask!.data, expected.selectedMask);
  const within = grad * largestOf(expected.grad);
  expectClose(`${file} grad`, result.grad.data, expected.grad, within);
}

test('the float32 results of upstream are met where the precision decides, not its float64 ones', () => {
  const sigmoidHalf = goldenCases.filter((each) => each.precision_dependent);
  expect(sigmoidHalf.map(({ file }) => file)).toEqual(['paddleocr/sigmoid-half.npz']);
  const { float32, float64 } = loadGolden(sigmoidHalf[0]!);
  expect(Math.abs(float32.lossKernels[0]! - float64.lossKernels[0]!)).toBeGreaterThan(1e-3);
});
