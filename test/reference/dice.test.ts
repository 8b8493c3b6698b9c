// The oracle's dice loss against sums worked by hand and against finite differences.
import { describe, expect, test } from '@jest/globals';
import { expectClose } from '../support/compare';
import { random } from '../support/random';
import { FINITE_DIFFERENCES } from '../support/tolerances';
import { dice, diceGradient, sigmoid } from './dice';
import { finiteDifferences } from './finite-differences';

const LN3 = Math.log(3); // sigmoid(ln 3) = 3/4, sigmoid(−ln 3) = 1/4

describe('dice', () => {
  test('is 1 − 2a / (b + c) over masked predictions and targets', () => {
    const { loss, a, bc } = dice([LN3, 0, -LN3, 0], [1, 1, 0, 1], [1, 1, 1, 0], 0.5);
    // a = 3/4·1 + 1/2·1 + 1/4·0; b = 9/16 + 1/4 + 1/16 + eps; c = 1 + 1 + eps
    expectClose('a', a, 1.25, 1e-15);
    expectClose('b + c', bc, 0.875 + 2 + 1, 1e-15);
    expectClose('loss', loss, 1 - 2.5 / 3.875, 1e-15);
  });

  test('weighs with the square of the mask', () => {
    const { a, bc } = dice([0, 0], [1, 0.5], [0.5, 2], 0);
    // a = (½·½)(1·½) + (½·2)(½·2); b = (½·½)² + (½·2)²; c = (1·½)² + (½·2)²
    expectClose('a', a, 0.125 + 1, 1e-15);
    expectClose('b + c', bc, 0.0625 + 1 + 0.25 + 1, 1e-15);
  });

  test('adds eps to a as well where it is asked to', () => {
    const args = [[LN3, 0], [1, 0], [1, 1], 0.5] as const;
    // a = 3/4 + eps; b + c = 9/16 + 1/4 + 1 + 2 eps
    const { loss, a, bc } = dice(...args, true);
    expectClose('a', a, 1.25, 1e-15);
    expectClose('loss', loss, 1 - 2.5 / (29 / 16 + 1), 1e-15);
    expect(bc).toBe(dice(...args).bc);
  });

  const map = (value: number) => Array<number>(64).fill(value);
  const onePixel = map(0).fill(1, 0, 1);
  const foundPixel = map(-1000).fill(1000, 0, 1);
  const nothing = () => 1;
  const undecided = (eps: number) => 1 - 64 / (80 + 2 * eps); // a = 64·½, b = 64·¼ + eps, c = 64 + eps
  const found = (eps: number) => 1 - 128 / (128 + 2 * eps); // a = 64, b = c = 64 + eps
  const foundOne = (eps: number) => 1 - 2 / (2 + 2 * eps); // a = 1, b = c = 1 + eps
  test.each<[string, number[], number[], number[], (eps: number) => number, number, number]>([
    ['an empty target', map(-1000), map(0), map(1), nothing, 1, 1],
    ['an empty target, some prediction', map(-10), map(0), map(1), nothing, 1, 1],
    ['an empty mask', map(0), map(1), map(0), nothing, 1, 1],
    ['text everywhere, undecided', map(0), map(1), map(1), undecided, 0.2000199995, 0.20000002],
    ['text everywhere, found', map(1000), map(1), map(1), found, 1.562e-5, 1.6e-8],
    ['one pixel, found', foundPixel, onePixel, map(1), foundOne, 9.99e-4, 1e-6],
  ])("gives upstream's own digits on 8 × 8: %s", (...row) => {
    const [, logits, target, mask, byHand, at1e3, at1e6] = row;
    for (const [eps, printed] of [[1e-3, at1e3] as const, [1e-6, at1e6] as const]) {
      const { loss } = dice(logits, target, mask, eps);
      expectClose(`eps ${eps}`, loss, byHand(eps), 1e-15);
      const digits = printed.toExponential().replaceAll(/\.|e.*/g, '').length;
      expect(Number(loss.toPrecision(digits))).toBe(printed);
    }
  });

  test('takes a masked-out target for 0, whatever it is', () => {
    const target = [1, Number.NaN, Infinity];
    expect(dice([0, 0, 0], target, [1, 0, 0], 1e-6)).toEqual(dice([0], [1], [1], 1e-6));
  });

  test('is NaN for a NaN logit, masked out or not', () => {
    expect(dice([0, Number.NaN], [1, 0], [1, 0], 1e-6).loss).toBe(Number.NaN);
  });
});

describe('diceGradient', () => {
  test('is (k1·g·m² + k2·s·m²)·s·(1 − s)', () => {
    const args = [
      [LN3, 0],
      [1, 0],
      [1, 1],
    ] as const;
    // a = 3/4; b + c = 9/16 + 1/4 + 1 + 2·3/32 = 2; k1 = −2/2 = −1; k2 = 4·(3/4)/2² = 3/4
    const gradient = diceGradient(...args, dice(...args, 3 / 32));
    // (−1 + 3/4·3/4)·3/16 and (3/4·1/2)·1/4
    expectClose('gradient', gradient, [(-7 / 16) * (3 / 16), (3 / 8) * (1 / 4)], 1e-15);
  });

  test('is 0 without a target, and at infinities', () => {
    const zeros = [0, 0];
    expectClose(
      'no target',
      diceGradient([1, -2], zeros, [1, 1], dice([1, -2], zeros, [1, 1], 1)),
      zeros,
      0,
    );
    const ends = [Infinity, -Infinity];
    expectClose(
      'ends',
      diceGradient(ends, [1, 1], [1, 1], dice(ends, [1, 1], [1, 1], 1)),
      zeros,
      0,
    );
  });

  test('is what finite differences say', () => {
    const draw = random(7);
    const drawn = (length: number, one: () => number) => Array.from({ length }, one);
    const logits = Float64Array.from(drawn(40, () => draw.normal(0, 3)));
    const target = drawn(40, () => draw.uniform());
    const mask = drawn(40, () => draw.integer(0, 5) / 4);
    const hows: readonly [eps: number, epsInNumerator?: boolean][] = [[1e-6], [0.5, true]];
    for (const how of hows) {
      const differences = finiteDifferences((x) => dice(x, target, mask, ...how).loss, logits, [
        ...logits.keys(),
      ]);
      const gradient = diceGradient(logits, target, mask, dice(logits, target, mask, ...how));
      expectClose('gradient', gradient, differences, FINITE_DIFFERENCES);
      expect(Math.max(...gradient.map(Math.abs))).toBeGreaterThan(1e-3);
    }
  });
});

test('sigmoid reaches 0 and 1 without overflow', () => {
  expect([-Infinity, -1000, 0, 1000, Infinity].map(sigmoid)).toEqual([0, 0, 0.5, 1, 1]);
});
