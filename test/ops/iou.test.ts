// iou by itself: the mean over classes of intersection over union, of the pixels whose mask is exactly 1.
import { describe, expect, test } from '@jest/globals';
import { iou, iouSync } from 'pse-loss';
import { expectClose } from '../support/compare';
import { loadGoldenIou } from '../support/golden-functions';
import { TOLERANCES } from '../support/tolerances';

const row = (...values: number[]) => ({ data: Uint8Array.from(values), shape: [1, values.length] });
const doubles = (...values: number[]) => ({
  data: Float64Array.from(values),
  shape: [1, values.length],
});
const ALL = row(1, 1, 1, 1);

describe('values', () => {
  test('of two classes', () => {
    // class 0: 2 of 3 pixels; class 1: 1 of 2
    const value = iouSync(doubles(1, 1, 0, 0), row(1, 0, 0, 0), ALL);
    expectClose('iou', value, (2 / (3 + 1e-6) + 1 / (2 + 1e-6)) / 2, 1e-15);
  });

  test('of as many classes as are said; one that is nowhere counts 0', () => {
    const given = [doubles(0, 1, 2, 2), row(0, 1, 2, 1), ALL] as const;
    const classes = [1 / (1 + 1e-6), 1 / (2 + 1e-6), 1 / (2 + 1e-6), 0 / 1e-6];
    for (const nClass of [1, 2, 3, 4]) {
      const sum = classes.slice(0, nClass).reduce((a, b) => a + b, 0);
      expectClose(`${nClass}`, iouSync(...given, { nClass }), sum / nClass, 1e-15);
    }
  });

  test('only of pixels whose mask is exactly 1', () => {
    const given = [doubles(1, 0, 0, 1), row(1, 1, 1, 0)] as const;
    expectClose('one', iouSync(...given, row(1, 0, 0, 0)), 1 / (1 + 1e-6) / 2, 1e-15);
    expect(iouSync(...given, doubles(0.999, 2, 255, 0))).toBe(0);
  });

  test('the mean over the images, or one for each', () => {
    const a = { data: Uint8Array.of(1, 1, 0, 0), shape: [2, 2] };
    const b = { data: Uint8Array.of(1, 1, 1, 1), shape: [2, 2] };
    const each = iouSync(a, b, b, { reduce: false });
    expect(each).toBeInstanceOf(Float32Array);
    expectClose('each', each, [0.5, 0], 1e-6);
    expectClose('mean', iouSync(a, b, b, { reduce: true }), 0.25, 1e-6);
    expect(iouSync(a, b, b)).toBe(iouSync(a, b, b, { reduce: true }));
  });

  test('class numbers of any dtype', () => {
    const of = [
      doubles(1, 0, 1, 1),
      row(1, 0, 1, 1),
      { data: Int32Array.of(1, 0, 1, 1), shape: [1, 4] },
      { data: BigInt64Array.of(1n, 0n, 1n, 1n), shape: [1, 4] },
      { data: Uint8Array.of(9, 0, 1, 200), shape: [1, 4], dtype: 'bool' },
      { data: Uint16Array.of(0x3c00, 0, 0x3c00, 0x3c00), shape: [1, 4], dtype: 'float16' },
      { data: Uint16Array.of(0x3f80, 0, 0x3f80, 0x3f80), shape: [1, 4], dtype: 'bfloat16' },
    ] as const;
    const values = of.flatMap((a) => of.map((b) => iouSync(a, b, row(1, 1, 1, 0))));
    expect(values.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
  });

  test('no images, and images without pixels', () => {
    const none = { data: new Uint8Array(0), shape: [0, 3] };
    expect(iouSync(none, none, none)).toBe(0);
    expect(iouSync(none, none, none, { reduce: false })).toEqual(new Float32Array(0));
    const empty = { data: new Uint8Array(0), shape: [2, 0] };
    expect(iouSync(empty, empty, empty, { reduce: false })).toEqual(Float32Array.of(0, 0));
  });
});

describe("reference: PSENet's own", () => {
  const { a, b, mask, results } = loadGoldenIou();

  test.each(results)('$nClass classes', ({ nClass, float64 }) => {
    const options = { nClass, reduce: false } as const;
    expectClose('f32', iouSync(a, b, mask, options), float64, TOLERANCES.float32Golden.value);
    const wide = { data: Float64Array.from(a.data), shape: a.shape };
    expectClose('f64', iouSync(wide, b, mask, options), float64, TOLERANCES.float64Golden.value);
    const mean = float64.reduce((sum, each) => sum + each, 0) / float64.length;
    expectClose('mean', iouSync(wide, b, mask, { nClass }), mean, TOLERANCES.float64Golden.value);
  });
});

test('the promise resolves to the same, and an error rejects it', async () => {
  const given = [row(1, 1, 0, 0), row(1, 0, 0, 0), ALL] as const;
  expect(await iou(...given)).toBe(iouSync(...given));
  expect(await iou(...given, { reduce: false })).toEqual(iouSync(...given, { reduce: false }));
  await expect(iou(...given, { nClass: 0 })).rejects.toMatchObject({
    code: 'ERR_PSE_RANGE',
    message: 'iou: expected options.nClass to be an integer from 1 to 65536, got the number 0',
  });
});
