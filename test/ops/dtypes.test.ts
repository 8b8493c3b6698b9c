// Maps and labels of every dtype: halves are widened to float32 first, labels are read as they are.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { asNumbers, LABEL_DTYPES, labelDTypes, makeBatch, SCENES } from '../support/batch';
import { expectClose } from '../support/compare';
import { fromHalf, toHalf } from '../support/half';
import { expectAsOracle } from './against-oracle';

const HALVES = ['float16', 'bfloat16'] as const;
const OPTIONS = { returnMask: true, kernelSampleMask: 'union', reduction: 'none' } as const;

describe.each(HALVES)('%s maps', (dtype) => {
  test.each(SCENES)('give the bits of the same maps in float32: %s', (scene) => {
    const half = makeBatch({ seed: 30, scene, maps: dtype });
    const wide = asNumbers(half);
    const loss = new PSELoss(OPTIONS);
    const { grad, ...actual } = loss.valueAndGradSync(half.maps, half.labels);
    const { grad: wideGrad, ...expected } = loss.valueAndGradSync(
      wide.maps as { data: Float32Array; shape: number[] },
      half.labels,
    );
    expect(actual).toStrictEqual(expected);
    // The gradient is rounded once, at the end.
    expect(grad).toStrictEqual({
      data: Uint16Array.from(wideGrad.data, (g) => toHalf(g, dtype)),
      shape: half.maps.shape,
      dtype,
    });
  });

  test('are as the oracle has them, bilinear too', () => {
    for (const options of [{}, { preset: 'psenet' }, { preset: 'mmocr' }] as PSELossOptions[]) {
      const batch = makeBatch({ seed: 31, maps: dtype, height: 20, width: 18 });
      const { maps, labels } = asNumbers(batch);
      const expected = expectAsOracle(
        { maps: maps as { data: Float32Array; shape: readonly number[] }, labels: batch.labels },
        options,
      );
      const { loss } = new PSELoss({ ...options, reduction: 'none' }).forwardSync(
        batch.maps,
        labels as typeof batch.labels,
      );
      expectClose('loss', loss, expected.perImage.loss, 2e-7);
    }
  });

  test('do not overflow where sums are larger than a half can be', () => {
    // 512 · 512 pixels of text: a is 262 144 · s, four times what float16 holds.
    const plane = { data: new Uint8Array(512 * 512).fill(1), shape: [1, 512, 512] };
    const labels = {
      gtTexts: plane,
      gtKernels: { data: plane.data, shape: [1, 1, 512, 512] },
      trainingMasks: plane,
    };
    const data = new Uint16Array(2 * 128 * 128).fill(toHalf(2, dtype));
    const { lossText } = new PSELoss().forwardSync(
      { data, shape: [1, 2, 128, 128], dtype },
      labels,
    );
    const s = 1 / (1 + Math.exp(-2));
    expectClose('lossText', lossText, 1 - (2 * s) / (s * s + 1), 1e-6);
  });

  test("'sigmoid-half' is where it is for float32", () => {
    const counted = (logit: number) => {
      const maps = { data: Uint16Array.of(toHalf(logit, dtype), 0), shape: [1, 2, 1, 1], dtype };
      const one = { data: Uint8Array.of(1), shape: [1, 1, 1] };
      const labels = {
        gtTexts: one,
        gtKernels: { data: one.data, shape: [1, 1, 1, 1] },
        trainingMasks: one,
      };
      return new PSELoss().forwardSync(maps, labels).lossKernels !== 1;
    };
    // 2^-24 is the smallest float16; 1.5 · 2^-24 is a bfloat16 itself.
    expect([counted(2 ** -24), counted(2 ** -23), counted(0)]).toEqual([false, true, false]);
    if (dtype === 'bfloat16') expect(counted(1.5 * 2 ** -24)).toBe(false);
  });
});

const Float16 = (globalThis as { Float16Array?: new (values: Iterable<number>) => object })
  .Float16Array;
(Float16 ? test : test.skip)('a Float16Array goes out where one came in', () => {
  const half = makeBatch({ seed: 32, maps: 'float16' });
  const data = new (Float16 as new (v: Iterable<number>) => Float32Array)(
    Array.from(half.maps.data, (bits) => fromHalf(bits, 'float16')),
  );
  const loss = new PSELoss();
  const { grad } = loss.valueAndGradSync({ data, shape: half.maps.shape }, half.labels);
  expect(grad.data).toBeInstanceOf(Float16);
  const bits = new Uint16Array((grad.data as Float32Array).buffer);
  expect(bits).toEqual(loss.valueAndGradSync(half.maps, half.labels).grad.data);
});

describe.each(LABEL_DTYPES)('labels of %s', (dtype) => {
  test.each(SCENES.filter((scene) => labelDTypes(scene).includes(dtype)))(
    'give the bits that float32 labels give: %s',
    (scene) => {
      for (const maps of ['float32', 'float64'] as const) {
        const { maps: logits, labels } = makeBatch({ seed: 33, scene, maps, labels: dtype });
        const floats = makeBatch({ seed: 33, scene, maps, labels: 'float32' });
        // What a float64 label has more than a float32 is there under float64 maps.
        if (maps === 'float64' && dtype === 'float64' && !labelDTypes(scene).includes('uint8'))
          continue;
        for (const options of [OPTIONS, { ...OPTIONS, preset: 'mmocr' }] as PSELossOptions[]) {
          const loss = new PSELoss(options);
          const actual = loss.valueAndGradSync(logits, labels);
          expect(actual).toStrictEqual(loss.valueAndGradSync(logits, floats.labels));
        }
      }
    },
  );
});

test('bytes of bool labels count as 1 where they are not 0', () => {
  const { maps, labels } = makeBatch({ seed: 34, labels: 'bool' });
  const odd = Object.fromEntries(
    Object.entries(labels).map(([name, label]) => [
      name,
      { ...label, data: label.data.map((value, i) => value * (1 + (i % 255))) },
    ]),
  ) as typeof labels;
  const loss = new PSELoss(OPTIONS);
  expect(loss.valueAndGradSync(maps, odd)).toStrictEqual(loss.valueAndGradSync(maps, labels));
});

test('int64 labels beyond 2^53 and below 0 are labels', () => {
  const { maps, labels } = makeBatch({ seed: 35, labels: 'int64' });
  const far = (label: typeof labels.gtTexts) => ({
    ...label,
    data: label.data.map((g) => (g === 1n ? 2n ** 62n : -(2n ** 62n))),
  });
  const loss = new PSELoss({ ...OPTIONS, binarizeLabels: true });
  const given = { ...labels, gtTexts: far(labels.gtTexts), gtKernels: far(labels.gtKernels) };
  expect(loss.valueAndGradSync(maps, given)).toStrictEqual(loss.valueAndGradSync(maps, labels));
});
