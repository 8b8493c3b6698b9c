// The fused multiply-add against exact integers.
import { describe, expect, test } from '@jest/globals';
import { random } from '../support/random';
import { fmaDouble, fmaSingle } from './fma';

const PLACES = 400;

/** x · 2^400, of a number without digits below that. */
function scaledUp(x: number, places: number): bigint {
  // Both factors are powers of two, so that the products are exact.
  const whole = x * 2 ** (places / 2) * 2 ** (places / 2);
  if (!Number.isInteger(whole)) throw new Error(`${x} has digits below 2^-${places}`);
  return BigInt(whole);
}

/** a·b + c, exactly, rounded once to so many bits, ties to even. */
function exactly(a: number, b: number, c: number, bits: number): number {
  const half = PLACES / 2;
  const sum = scaledUp(a, half) * scaledUp(b, half) + scaledUp(c, PLACES);
  const size = sum < 0n ? -sum : sum;
  const surplus = BigInt(Math.max(0, size.toString(2).length - bits));
  const step = 1n << surplus;
  const down = size / step;
  const rest = 2n * (size % step);
  const rounded = (rest > step || (rest === step && down % 2n === 1n) ? down + 1n : down) * step;
  const value = Number(rounded) / 2 ** half / 2 ** half;
  return sum < 0n ? -value : value;
}

const KINDS = [
  ['float32', fmaSingle, 24, Math.fround],
  ['float64', fmaDouble, 53, (value: number) => value],
] as const;

describe.each(KINDS)('in %s', (_, fma, bits, round) => {
  const draw = random(bits);
  const number = () => round(draw.normal() * 2 ** draw.integer(-20, 21));

  test('is a·b + c rounded once, for numbers of any size', () => {
    for (let i = 0; i < 5000; i++) {
      const [a, b, c] = [number(), number(), number()];
      expect([a, b, c, fma(a, b, c)]).toEqual([a, b, c, exactly(a, b, c, bits)]);
    }
  });

  test('keeps what is left where the product and the addend cancel', () => {
    for (let i = 0; i < 5000; i++) {
      const [a, b] = [number(), number()];
      const c = round(-a * b * (1 + draw.integer(-2, 3) * 2 ** -bits));
      expect([a, b, c, fma(a, b, c)]).toEqual([a, b, c, exactly(a, b, c, bits)]);
    }
  });

  test('takes positions as interpolation does', () => {
    for (const [from, to] of [
      [24, 72],
      [25, 75],
      [37, 90],
      [29, 101],
    ] as const) {
      const step = round(from / to);
      for (let i = 0; i < to; i++) {
        expect(fma(step, i + 0.5, -0.5)).toBe(exactly(step, i + 0.5, -0.5, bits));
      }
    }
  });

  test('rounds ties to even, and what is just off a tie to its own side', () => {
    const ulp = 2 ** (1 - bits);
    // 1 + ulp / 2, and the same plus or minus something far below a double's last bit of it
    expect(fma(1, ulp / 2, 1)).toBe(1);
    expect(fma(1 + ulp, ulp / 2, 1)).toBe(1 + ulp);
    expect(fma(1 - ulp, ulp / 2, 1)).toBe(1);
    expect(fma(1 - ulp, ulp / 2, 1 + ulp)).toBe(1 + ulp);
    expect(fma(1, ulp / 2, 1 + ulp)).toBe(1 + 2 * ulp);
  });

  test('passes NaN and infinities on', () => {
    expect(fma(Number.NaN, 1, 1)).toBe(Number.NaN);
    expect(fma(Infinity, 0, 1)).toBe(Number.NaN);
    expect(fma(Infinity, 0.5, 1)).toBe(Infinity);
    expect(fma(-1, 0.5, -Infinity)).toBe(-Infinity);
  });
});
