// The oracle's upsampling, and that its adjoint is one.
import { expect, test } from '@jest/globals';
import { random } from '../support/random';
import { distribute, interpolate } from './bilinear';
import { sumBlocks, upsample, upsampling } from './upsample';

test('repeats every value over s × s pixels', () => {
  expect([...upsample([1, 2, 3, 4, 5, 6], { height: 2, width: 3 }, 2)]).toEqual(
    [
      [1, 1, 2, 2, 3, 3],
      [1, 1, 2, 2, 3, 3],
      [4, 4, 5, 5, 6, 6],
      [4, 4, 5, 5, 6, 6],
    ].flat(),
  );
});

test('sums the s × s pixels of every value', () => {
  const pixels = [1, 2, 3, 4, 5, 6, 7, 8];
  expect([...sumBlocks(pixels, { height: 1, width: 2 }, 2)]).toEqual([
    1 + 2 + 5 + 6,
    3 + 4 + 7 + 8,
  ]);
});

test.each([1, 2, 3, 4])('is adjoint to the sum at factor %d: ⟨up(x), y⟩ = ⟨x, sum(y)⟩', (scale) => {
  const size = { height: 3, width: 5 };
  const draw = random(scale);
  // Integers, so that both sides are exact.
  const integers = (length: number) => Array.from({ length }, () => draw.integer(-99, 100));
  const [x, y] = [integers(15), integers(15 * scale ** 2)];
  const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
  expect(inner(upsample(x, size, scale), y)).toBe(inner(x, sumBlocks(y, size, scale)));
});

test('comes in three kinds, each with its adjoint', () => {
  const [from, to] = [
    { height: 1, width: 2 },
    { height: 2, width: 4 },
  ];
  const pixels = [1, 2, 3, 4, 5, 6, 7, 8];

  const nearest = upsampling('nearest', from, to, false, 'double');
  expect([...nearest.up([1, 2])]).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  expect([...nearest.down(pixels)]).toEqual([14, 22]);

  const none = upsampling('none', to, to, false, 'double');
  expect([...none.up(pixels)]).toEqual(pixels);
  expect([...none.down(pixels)]).toEqual(pixels);

  for (const alignCorners of [false, true]) {
    const bilinear = upsampling('bilinear', from, to, alignCorners, 'single');
    const how = { from, to, alignCorners, precision: 'single' } as const;
    expect(bilinear.up([1, 2])).toEqual(interpolate([1, 2], how));
    expect(bilinear.down(pixels)).toEqual(distribute(pixels, how));
  }
});
