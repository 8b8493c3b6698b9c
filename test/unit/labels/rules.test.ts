// The two public rules, number by number.
import { describe, expect, test } from '@jest/globals';
import { kernelRates, RULES } from '../../../lib/labels/rules';

describe('the rates of the kernels', () => {
  test('of PSENet fall evenly from 1, left out, to the smallest', () => {
    // Doubles as Python prints them for 1.0 - (1.0 - 0.4) / 6 * i.
    expect(kernelRates(RULES.psenet, 6, 0.4)).toEqual([
      0.9, 0.8, 0.7, 0.6000000000000001, 0.5, 0.4,
    ]);
    expect(kernelRates(RULES.psenet, 3, 0.7)).toEqual([0.9, 0.7999999999999999, 0.7]);
  });

  test('of PaddleOCR go one step further', () => {
    expect(kernelRates(RULES.paddleocr, 6, 0.4)).toEqual([
      0.9, 0.8, 0.7, 0.6000000000000001, 0.5, 0.4, 0.30000000000000004,
    ]);
    expect(kernelRates(RULES.paddleocr, 1, 0.5)).toEqual([0.5, 0]);
  });

  test('of one kernel are the smallest alone', () => {
    expect(kernelRates(RULES.psenet, 1, 0.25)).toEqual([0.25]);
  });

  test('are all 1 where the smallest is', () => {
    expect(kernelRates(RULES.psenet, 4, 1)).toEqual([1, 1, 1, 1]);
    expect(kernelRates(RULES.paddleocr, 2, 1)).toEqual([1, 1, 1]);
  });
});

describe("PSENet's distance", () => {
  const { distance } = RULES.psenet;

  test('is area · (1 − rate²) / perimeter in whole pixels', () => {
    // 300 · .75 / 50.001 = 4.4999, 310 · .75 / 50.001 = 4.6499
    expect(distance({ area: 300, perimeter: 50 }, 0.5)).toBe(4);
    expect(distance({ area: 310, perimeter: 50 }, 0.5)).toBe(5);
  });

  test('rounds a half up', () => {
    // A perimeter that with its .001 is 100: 150 / 100 = 1.5
    expect(distance({ area: 150, perimeter: 100 - 0.001 }, 0)).toBe(2);
    expect(distance({ area: 149, perimeter: 100 - 0.001 }, 0)).toBe(1);
  });

  test('adds .001 to the perimeter, which decides exact halves', () => {
    // 40 000 · .19 / 800 = 9.5, / 800.001 = 9.49999
    expect(distance({ area: 40_000, perimeter: 800 }, 0.9)).toBe(9);
  });

  test('is 20 at most', () => {
    expect(distance({ area: 1940, perimeter: 100 - 0.001 }, 0)).toBe(19);
    expect(distance({ area: 2040, perimeter: 100 - 0.001 }, 0)).toBe(20);
    expect(distance({ area: 2060, perimeter: 100 - 0.001 }, 0)).toBe(20);
    expect(distance({ area: 1e12, perimeter: 4e6 }, 0.4)).toBe(20);
  });

  test('is 0 for what has neither area nor perimeter', () => {
    expect(distance({ area: 0, perimeter: 0 }, 0.4)).toBe(0);
  });
});

describe("PaddleOCR's distance", () => {
  const { distance } = RULES.paddleocr;

  test('is area · (1 − rate²) / perimeter, neither rounded nor capped', () => {
    expect(distance({ area: 300, perimeter: 50 }, 0.5)).toBeCloseTo(4.5, 6);
    expect(distance({ area: 10_000, perimeter: 100 }, 0.5)).toBeCloseTo(75, 5);
  });

  test('adds 1e-6 to the perimeter', () => {
    expect(distance({ area: 1, perimeter: 0 }, 0)).toBe(1e6);
    expect(distance({ area: 0, perimeter: 0 }, 0.4)).toBe(0);
  });

  test('follows a rate below 0, which one kernel too many can have', () => {
    const [, extra] = kernelRates(RULES.paddleocr, 1, 0.25);
    expect(extra).toBe(-0.5);
    expect(distance({ area: 400, perimeter: 100 }, extra as number)).toBeCloseTo(3, 6);
  });
});

test('nothing else in the rules differs by accident', () => {
  expect(RULES).toEqual({
    psenet: {
      extraKernels: 0,
      textIsFirstKernel: false,
      measuresWholePixels: true,
      vanished: 'whole polygon',
      distance: expect.any(Function),
    },
    paddleocr: {
      extraKernels: 1,
      textIsFirstKernel: true,
      measuresWholePixels: false,
      vanished: 'ignored text',
      distance: expect.any(Function),
    },
  });
});
