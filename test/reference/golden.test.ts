// The oracle against upstream's own code, PaddleOCR's, PSENet's and mmocr's, run on the inputs of test/fixtures/golden.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expectClose, expectSame, largestDifference, largestOf } from '../support/compare';
import {
  GOLDEN,
  type GoldenCase,
  type GoldenResults,
  goldenCases,
  loadGolden,
} from '../support/golden';
import { GOLDEN_EXCEPTIONS } from '../support/golden-exceptions';
import { loadGoldenDice, loadGoldenIou, loadGoldenOhem } from '../support/golden-functions';
import { TOLERANCES, type Tolerance } from '../support/tolerances';
import { dice, diceGradient } from './dice';
import { iou } from './iou';
import { mine } from './ohem';
import { type Maps, type Reference, referenceLoss, type Targets } from './pse-loss';

const cases = goldenCases();

describe('the index', () => {
  test('lists every file, and every file is in it', () => {
    const files = readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.npz'))
      .map((name) => name.replaceAll('\\', '/'));
    const { functions } = JSON.parse(readFileSync(join(GOLDEN, 'index.json'), 'utf8'));
    const listed = [...cases, ...(functions as { file: string }[])].map(({ file }) => file);
    expect(files.sort()).toEqual(listed.sort());
    for (const { file, preset, case: name } of cases) expect(file).toBe(`${preset}/${name}.npz`);
  });

  test('has so many cases of each preset', () => {
    const count = (preset: GoldenCase['preset']) => goldenCases(preset).length;
    expect({
      ...{ paddleocr: count('paddleocr'), 'paddleocr-2.4': count('paddleocr-2.4') },
      ...{ psenet: count('psenet'), 'psenet-py2': count('psenet-py2') },
      ...{ mmocr: count('mmocr'), 'mmocr-0.x': count('mmocr-0.x') },
    }).toEqual({
      ...{ paddleocr: 31, 'paddleocr-2.4': 4, psenet: 25, 'psenet-py2': 22, mmocr: 33 },
      'mmocr-0.x': 27,
    });
    expect(cases.length).toBe(142);
  });

  test('knows the case of every exception', () => {
    const names = cases.map(({ preset, case: name }) => `${preset}/${name}`);
    expect(names).toEqual(expect.arrayContaining(Object.keys(GOLDEN_EXCEPTIONS)));
  });
});

test.each(cases.map((each) => [each.file, each] as const))(
  '%s in float64: losses, IoUs, gradient, and both masks pixel for pixel',
  (_, each) => {
    const { maps, labels, float64 } = loadGolden(each);
    const doubles = { data: Float64Array.from(maps.data), shape: maps.shape };
    const { mining, grad } = hold(doubles, labels, each, float64, TOLERANCES.float64Golden);
    for (const [image, { positives, negatives, quota, threshold }] of each.ohem.entries()) {
      expect(mining[image]).toMatchObject({ positives, negatives, quota });
      if (threshold == null) {
        expect(mining[image]?.threshold).toBe(undefined);
      } else {
        // PyTorch interpolates images as small as these in another order, an ulp away.
        const within = each.options.upsample === 'bilinear' ? TOLERANCES.float64Golden.value : 0;
        expectClose('threshold', mining[image]!.threshold!, threshold, within);
      }
    }
    if (each.preset !== 'mmocr-0.x') expectZeroWithoutTarget(labels, float64.grad, grad.data);
  },
  60_000,
);

const interpolated = cases.filter(
  ({ options, case: name }) => options.upsample === 'bilinear' && !name.startsWith('real-'),
);
test.each(interpolated.map((each) => [each.file, each] as const))(
  '%s in float32, interpolated in float32: the same masks',
  (_, each) => {
    const { maps, labels, float32, float64 } = loadGolden(each);
    const singles = { data: Float32Array.from(maps.data), shape: maps.shape };
    const expected = each.precision_dependent ? float32 : float64;
    hold(singles, labels, each, expected, TOLERANCES.float32Golden);
  },
);

describe('where precision decides, float32 maps have the masks of upstream in float32', () => {
  const dependent = cases.filter((one) => one.precision_dependent);

  test('in one case of four presets', () => {
    expect(dependent.map(({ file }) => file).sort()).toEqual([
      'mmocr-0.x/sigmoid-half.npz',
      'mmocr/sigmoid-half.npz',
      'paddleocr/sigmoid-half.npz',
      'psenet-py2/sigmoid-half.npz',
    ]);
  });

  test.each(dependent.map((each) => [each.file, each] as const))('%s', (_, each) => {
    const { maps, labels, float32, float64 } = loadGolden(each);
    hold(maps, labels, each, float32, TOLERANCES.float32Port);
    // A sigmoid rounds to one half; a logit above 0 is above 0.
    const differs = each.options.textThreshold === 'sigmoid-half';
    const { largest } = largestDifference(float32.kernelMask, float64.kernelMask);
    expect(largest).toBe(differs ? 1 : 0);
  });
});

function hold(
  maps: Maps,
  labels: Targets,
  { options, file }: GoldenCase,
  expected: GoldenResults,
  { value, grad }: Tolerance,
): Reference {
  const result = referenceLoss(maps, labels, options);
  for (const name of ['loss', 'lossText', 'lossKernels', 'iouText', 'iouKernel'] as const) {
    const upstreams = expected[name];
    if (upstreams) expectClose(`${file} ${name}`, result.perImage[name], upstreams, value);
  }
  const reduced = result.loss;
  const total = typeof reduced === 'number' ? reduced : reduced.reduce((a, b) => a + b, 0);
  const images = options.reduction === 'mean' ? 1 : maps.shape[0]!;
  expectClose(`${file} total`, total, expected.total, value * images);
  expectSame(`${file} selectedMask`, result.selectedMask.data, expected.selectedMask);
  expectSame(`${file} kernelMask`, result.kernelMask.data, expected.kernelMask);
  const within = grad * largestOf(expected.grad);
  expectClose(`${file} grad`, result.grad.data, expected.grad, within);
  return result;
}

describe('the functions alone', () => {
  const rows = <T extends ArrayLike<number>>(data: T, length: number) =>
    Array.from({ length: data.length / length }, (_, row) =>
      Array.from({ length }, (_, i) => data[row * length + i]!),
    );

  const { input, target, mask, results } = loadGoldenDice();
  test.each(results.map((each) => [each.upstream, each] as const))('dice of %s', (_, each) => {
    const { eps, epsInNumerator, binarizes, float64 } = each;
    const [logits, masks] = [rows(input.data, 64), rows(mask.data, 64)];
    const targets = rows(target.data, 64).map((row) =>
      binarizes ? row.map((g) => Number(g > 0.5)) : row,
    );
    const dices = logits.map((x, i) => dice(x, targets[i]!, masks[i]!, eps, epsInNumerator));
    const losses = dices.map(({ loss }) => loss);
    expectClose('loss', losses, float64.loss, TOLERANCES.float64Golden.value);
    const grads = logits.map((x, i) => diceGradient(x, targets[i]!, masks[i]!, dices[i]!));
    const within = TOLERANCES.float64Golden.grad * largestOf(float64.grad);
    expectClose(
      'grad',
      grads.flatMap((grad) => [...grad]),
      float64.grad,
      within,
    );
  });

  const ohem = loadGoldenOhem();
  test.each(ohem.results.map((each) => [each.upstream, each.ohemRatio, each] as const))(
    'OHEM of %s at ratio %d',
    (_, __, { ohemRatio, fallbackMask, selected }) => {
      const [scores, texts, masks] = [ohem.scores, ohem.gtTexts, ohem.trainingMasks].map(
        ({ data }) => rows(data, 120),
      ) as [number[][], number[][], number[][]];
      const mined = scores.flatMap((row, i) => [
        ...mine(row, texts[i]!, masks[i]!, ohemRatio, { fallbackMask }).selected,
      ]);
      expectSame('selected', mined, selected);
    },
  );

  const ious = loadGoldenIou();
  test.each(ious.results.map((each) => [each.nClass, each] as const))(
    'IoU over %d classes',
    (_, { nClass, float64 }) => {
      const [a, b, masks] = [ious.a, ious.b, ious.mask].map(({ data }) => rows(data, 240)) as [
        ...[number[][], number[][], number[][]],
      ];
      const means = a.map((row, i) => iou(row, b[i]!, masks[i]!, nClass));
      expectClose('iou', means, float64, TOLERANCES.float64Golden.value);
    },
  );
});

/** In an image whose targets are 0 wherever it is learned, upstream's gradient and ours are nothing but zeros. */
function expectZeroWithoutTarget(
  { gtTexts, gtKernels, trainingMasks }: Targets,
  ...grads: readonly ArrayLike<number>[]
): void {
  const [images, pixels] = [gtTexts.shape[0]!, gtTexts.shape[1]! * gtTexts.shape[2]!];
  for (let image = 0; image < images; image++) {
    const isLearned = (p: number) => trainingMasks.data[image * pixels + p] !== 0;
    const hasTarget = [gtTexts, gtKernels].some(({ data }) => {
      const length = data.length / images;
      return Array.from({ length }, (_, i) => i).some(
        (i) => isLearned(i % pixels) && data[image * length + i] !== 0,
      );
    });
    if (hasTarget) continue;
    for (const grad of grads) {
      const length = grad.length / images;
      const own = Array.prototype.slice.call(grad, image * length, (image + 1) * length);
      expect(own.filter((value) => value !== 0)).toEqual([]);
    }
  }
}
