// diceLoss by itself: logits, target and mask of each image → its masked dice loss.
import { describe, expect, test } from '@jest/globals';
import { diceLoss, diceLossSync, PSELoss } from 'pse-loss';
import { dice } from '../reference/dice';
import { makeBatch } from '../support/batch';
import { expectClose, expectSame } from '../support/compare';
import { loadGoldenDice } from '../support/golden-functions';
import { fromHalf } from '../support/half';
import { TOLERANCES } from '../support/tolerances';
import { LN3 } from './small';

const row = (...values: number[]) => ({
  data: Float64Array.from(values),
  shape: [1, values.length],
});
const bytes = (...values: number[]) => ({
  data: Uint8Array.from(values),
  shape: [1, values.length],
});

describe('values', () => {
  test('1 − 2a / (b + c) of masked sigmoids and targets', () => {
    const losses = diceLossSync(row(LN3, 0, -LN3, 0), bytes(1, 1, 0, 1), bytes(1, 1, 1, 0), {
      eps: 0.5,
    });
    // a = 3/4 + 1/2; b = 9/16 + 1/4 + 1/16 + eps; c = 1 + 1 + eps
    expectClose('loss', losses, [1 - 2.5 / (0.875 + 2 + 1)], 1e-15);
  });

  test('eps is 1e-6 unless it is given, and in the numerator only where that is', () => {
    const given = [row(0, 0), bytes(1, 0), bytes(1, 1)] as const;
    expectClose('default', diceLossSync(...given), [1 - 1 / (1.5 + 2e-6)], 1e-15);
    expect(diceLossSync(...given, undefined)).toEqual(diceLossSync(...given, { eps: undefined }));
    const smooth = diceLossSync(...given, { eps: 0.25, epsInNumerator: true });
    expectClose('numerator', smooth, [1 - 1.5 / (1.5 + 0.5)], 1e-15);
  });

  test('the mask enters squared; what it leaves out may be NaN', () => {
    const losses = diceLossSync(row(0, 0, 9), row(1, 0.5, Number.NaN), row(0.5, 2, 0), {
      eps: 1e-3,
    });
    // a = (½·½)(1·½) + (½·2)(½·2); b = (½·½)² + (½·2)² + eps; c = (1·½)² + (½·2)² + eps
    expectClose('loss', losses, [1 - 2.25 / (1.0625 + 1.25 + 2e-3)], 1e-15);
  });

  test('images of any rank; of rank 1 each number is an image', () => {
    const cube = { data: new Float32Array(24), shape: [2, 3, 2, 2] };
    const ones = { data: new Uint8Array(24).fill(1), shape: [2, 3, 2, 2] };
    const expected = 1 - 12 / (3 + 12 + 2e-6);
    expectClose('rank 4', diceLossSync(cube, ones, ones), [expected, expected], 1e-7);
    const line = { data: Float32Array.of(1000, -1000), shape: [2] };
    const both = { data: Uint8Array.of(1, 1), shape: [2] };
    expectClose('rank 1', diceLossSync(line, both, both, { eps: 1e-3 }), [1e-3, 1], 1e-6);
  });

  test('no images, and images without pixels', () => {
    const none = { data: new Float32Array(0), shape: [0, 4] };
    expect(diceLossSync(none, none, none)).toEqual(new Float32Array(0));
    const empty = { data: new Float32Array(0), shape: [2, 0] };
    expect(diceLossSync(empty, empty, empty)).toEqual(Float32Array.of(1, 1));
  });
});

describe('reference', () => {
  const { input, target, mask, results } = loadGoldenDice();

  test.each(results)("$upstream's own dice loss, in float64 and float32", (upstream) => {
    const { eps, epsInNumerator, binarizes } = upstream;
    const binary = target.data.map((g) => (binarizes ? Number(g > 0.5) : g));
    const given = [{ ...target, data: binary }, mask, { eps, epsInNumerator }] as const;
    const doubles = { data: Float64Array.from(input.data), shape: input.shape };
    const { float64Golden, float32Golden } = TOLERANCES;
    expectClose('f64', diceLossSync(doubles, ...given), upstream.float64.loss, float64Golden.value);
    expectClose('f32', diceLossSync(input, ...given), upstream.float64.loss, float32Golden.value);
  });

  test.each(['float32', 'float64', 'float16', 'bfloat16'] as const)(
    'the oracle, on random maps of %s',
    (dtype) => {
      const { maps, labels } = makeBatch({
        seed: 60,
        scene: 'soft-labels',
        scale: 1,
        kernels: 1,
        maps: dtype,
      });
      const { shape } = labels.gtTexts;
      const size = shape[1]! * shape[2]!;
      const texts = maps.data.filter((_, i) => Math.floor(i / size) % 2 === 0) as typeof maps.data;
      const { gtTexts, trainingMasks } = labels;
      const losses = diceLossSync({ ...maps, data: texts, shape }, gtTexts, trainingMasks);
      const numbers = Float64Array.from(texts, (x) =>
        dtype === 'float16' || dtype === 'bfloat16' ? fromHalf(x, dtype) : x,
      );
      const image = (of: ArrayLike<number>, n: number) =>
        Array.from({ length: size }, (_, p) => of[n * size + p]!);
      const expected = [0, 1].map(
        (n) =>
          dice(image(numbers, n), image(gtTexts.data, n), image(trainingMasks.data, n), 1e-6).loss,
      );
      expectClose('losses', losses, expected, dtype === 'float64' ? 1e-12 : 2e-7);
      expect(losses).toBeInstanceOf(dtype === 'float64' ? Float64Array : Float32Array);
    },
  );

  test('is the text loss where the mask is the selection', () => {
    const { maps, labels } = makeBatch({ seed: 61, scale: 1, images: 3 });
    const { perImage, selectedMask } = new PSELoss({ returnMask: true }).forwardSync(maps, labels);
    const [, channels, h, w] = maps.shape as [number, number, number, number];
    const texts = maps.data.filter((_, i) => Math.floor(i / (h * w)) % channels === 0);
    const losses = diceLossSync({ data: texts, shape: [3, h, w] }, labels.gtTexts, selectedMask!);
    expectClose('lossText', losses, perImage.lossText, TOLERANCES.float32.value);
  });
});

test('the promise resolves to the same, and an error rejects it', async () => {
  const given = [row(1, -1), bytes(1, 0), bytes(1, 1)] as const;
  expectSame('losses', await diceLoss(...given), diceLossSync(...given));
  await expect(diceLoss(row(1), bytes(1, 0), bytes(1, 1))).rejects.toMatchObject({
    code: 'ERR_PSE_SHAPE',
    message: 'diceLoss: expected target to be [1, 1], as input, got [1, 2]',
  });
});
