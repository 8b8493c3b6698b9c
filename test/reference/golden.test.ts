// The oracle against PaddleOCR's own PSELoss, run by PaddlePaddle on the inputs of test/fixtures/golden.
import { readdirSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { expectClose, expectSame, largestOf } from '../support/compare';
import { goldenCases as cases, GOLDEN, type GoldenResults, loadGolden } from '../support/golden';
import { TOLERANCES, type Tolerance } from '../support/tolerances';
import { type Maps, type Reference, referenceLoss, type Targets } from './pse-loss';

test('the index lists every file, and every file is in the index', () => {
  const files = readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.npz'))
    .map((name) => name.replaceAll('\\', '/'));
  expect(files.sort()).toEqual(cases.map(({ file }) => file).sort());
  expect(files.length).toBe(35);
  for (const { file, preset, case: name } of cases) expect(file).toBe(`${preset}/${name}.npz`);
});

test.each(cases.map((each) => [each.file, each] as const))(
  '%s in float64: losses, IoUs, gradient, and both masks pixel for pixel',
  (_, each) => {
    const { maps, labels, float64 } = loadGolden(each);
    const doubles = { data: Float64Array.from(maps.data), shape: maps.shape };
    const { mining } = hold(doubles, labels, each, float64, TOLERANCES.float64Golden);
    for (const [image, { positives, negatives, quota, threshold }] of each.ohem.entries()) {
      expect(mining[image]).toMatchObject({ positives, negatives, quota });
      expect(mining[image]?.threshold).toBe(threshold ?? undefined);
    }
  },
  60_000,
);

test('where precision decides, float32 maps have the masks of upstream in float32', () => {
  const [each, ...others] = cases.filter((one) => one.precision_dependent);
  expect(others).toEqual([]);
  const { maps, labels, float32, float64 } = loadGolden(each!);
  hold(maps, labels, each!, float32, TOLERANCES.float32Port);
  expect(float32.kernelMask).not.toEqual(float64.kernelMask);
});

function hold(
  maps: Maps,
  labels: Targets,
  { options, file }: (typeof cases)[number],
  expected: GoldenResults<Float32Array | Float64Array>,
  { value, grad }: Tolerance,
): Reference {
  const result = referenceLoss(maps, labels, options);
  for (const name of ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const) {
    expectClose(`${file} ${name}`, result.perImage[name], expected[name], value);
  }
  expectSame(`${file} selectedMask`, result.selectedMask.data, expected.selectedMask);
  expectSame(`${file} kernelMask`, result.kernelMask.data, expected.kernelMask);
  const within = grad * largestOf(expected.grad);
  expectClose(`${file} grad`, result.grad.data, expected.grad, within);
  return result;
}
