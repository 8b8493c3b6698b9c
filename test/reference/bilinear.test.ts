// The oracle's bilinear interpolation against means worked by hand, and that its adjoint is one. That its bits are PyTorch's is
// tried live, in test/parity/interpolate.test.ts.
import { describe, expect, test } from '@jest/globals';
import { expectClose } from '../support/compare';
import { random } from '../support/random';
import { type Bilinear, distribute, interpolate } from './bilinear';

type Shape = readonly [height: number, width: number];

const between = (
  from: Shape,
  to: Shape,
  alignCorners: boolean,
  precision: Bilinear['precision'] = 'double',
): Bilinear => ({
  from: { height: from[0], width: from[1] },
  to: { height: to[0], width: to[1] },
  alignCorners,
  precision,
});

describe('interpolate', () => {
  test('places pixels by their corners: half a pixel is kept at the edges', () => {
    // Middles of the pixels at −1/4, 1/4, 3/4, 5/4 of a logit's.
    const row = interpolate([8, 16], between([1, 2], [1, 4], false));
    expect([...row]).toEqual([8, (3 * 8 + 16) / 4, (8 + 3 * 16) / 4, 16]);
  });

  test('places pixels by the middles of the corner pixels where they are aligned', () => {
    const row = interpolate([8, 16, 4], between([1, 3], [1, 5], true));
    expect([...row]).toEqual([8, 12, 16, 10, 4]);
  });

  test('goes along rows and down columns', () => {
    const pixels = interpolate([0, 16, 32, 64], between([2, 2], [3, 3], true));
    expect([...pixels]).toEqual([0, 8, 16, 16, 28, 40, 32, 48, 64]);
  });

  test('takes any size', () => {
    // Positions (i + .5) · 2/3 − .5: −1/6, which is 0, then 1/2, then 7/6, which is past the last.
    expect([...interpolate([1, 2], between([1, 2], [1, 3], false))]).toEqual([1, 1.5, 2]);
    // A smaller one: positions 1/2 and 5/2.
    expect([...interpolate([1, 3, 5, 9], between([1, 4], [1, 2], false))]).toEqual([2, 7]);
    // One pixel for a row is its middle, or with corners aligned its first.
    expect([...interpolate([1, 3, 5, 9], between([1, 4], [1, 1], false))]).toEqual([4]);
    expect([...interpolate([1, 3, 5, 9], between([1, 4], [1, 1], true))]).toEqual([1]);
    expect([...interpolate([7], between([1, 1], [2, 3], false))]).toEqual([7, 7, 7, 7, 7, 7]);
  });

  test('leaves a map of the same size as it is', () => {
    const map = [1, 2, 3, 4, 5, 6];
    for (const alignCorners of [false, true]) {
      expect([...interpolate(map, between([2, 3], [2, 3], alignCorners))]).toEqual(map);
    }
  });

  test('rounds as float32 does where the maps are float32', () => {
    const map = Float32Array.of(0.1, 0.7, -0.3, 0.9);
    const single = interpolate(map, between([2, 2], [5, 7], false, 'single'));
    const double = interpolate(map, between([2, 2], [5, 7], false));
    expect([...single]).toEqual([...single.map(Math.fround)]);
    expectClose('pixels', single, double, 2 ** -23);
    expect([...single]).not.toEqual([...double.map(Math.fround)]);
  });

  test('rounds a product and a sum at once', () => {
    // 3/4 · x has a digit more than a float32: rounded by itself it is a tie, with 1/4 · y it is below one.
    const [x, y] = [1 + 2 ** -23, -(2 ** -24)];
    const [, pixel] = interpolate([x, y], between([1, 2], [1, 4], false, 'single'));
    expect(pixel).toBe(Math.fround(0.75 * x + 0.25 * y));
    expect(pixel).not.toBe(Math.fround(Math.fround(0.75 * x) + 0.25 * y));
  });

  test('meets infinities with weights of 0, which gives NaN, as PyTorch does', () => {
    const row = interpolate([1, Infinity, 1, 1], between([1, 4], [1, 8], false));
    // Once along the row, where the first pixel has the second logit with weight 0, and once down the only row.
    const { NaN: nan } = Number;
    expect([...row]).toEqual([nan, nan, nan, nan, nan, 1, 1, 1]);
    const rows = interpolate([1, 1, Infinity, 1, 1, 1], between([3, 2], [6, 2], false));
    expect([...rows].filter((_, i) => i % 2 === 0)).toEqual([
      nan,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      1,
    ]);
    expect([...rows].filter((_, i) => i % 2 === 1)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('distribute', () => {
  test('gives every pixel to its logits with their weights', () => {
    const sums = distribute([1, 10, 100, 1000], between([1, 2], [1, 4], false));
    expect([...sums]).toEqual([1 + 7.5 + 25, 2.5 + 75 + 1000]);
  });

  const shapes: readonly (readonly [Shape, Shape])[] = [
    [
      [3, 5],
      [12, 20],
    ],
    [
      [3, 5],
      [7, 11],
    ],
    [
      [6, 7],
      [4, 3],
    ],
    [
      [1, 4],
      [3, 1],
    ],
    [
      [2, 2],
      [2, 2],
    ],
  ];
  const cases = shapes.flatMap(([from, to]) =>
    [false, true].map((alignCorners) => [from, to, alignCorners] as const),
  );

  test.each(cases)(
    'is adjoint: ⟨up(x), y⟩ = ⟨x, down(y)⟩, %p to %p, corners aligned %p',
    (...args) => {
      const how = between(...args);
      const draw = random(5);
      const drawn = ([height, width]: Shape) =>
        Array.from({ length: height * width }, () => draw.normal());
      const [x, y] = [drawn(args[0]), drawn(args[1])];
      const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
      expectClose('inner', inner(interpolate(x, how), y), inner(x, distribute(y, how)), 1e-12);
    },
  );

  test.each(cases)('gives away all of every pixel, %p to %p, corners aligned %p', (...args) => {
    const [, [height, width]] = args;
    const sums = distribute(Array(height * width).fill(1), between(...args));
    expectClose(
      'sum',
      sums.reduce((a, b) => a + b, 0),
      height * width,
      1e-12,
    );
  });
});
