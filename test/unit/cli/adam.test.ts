import { describe, expect, test } from '@jest/globals';
import { Adam } from '../../../lib/cli/adam';

describe('Adam', () => {
  test('moves by the rate in its first step, however small the gradient is', () => {
    const values = new Float32Array([0, 0, 0]);
    new Adam(3).step(values, [1e-8, -5, 3e-4], 0.25);
    expect([...values].map((value) => Math.round(value * 1e3) / 1e3)).toEqual([-0.25, 0.25, -0.25]);
  });

  test('leaves values alone where the gradient is 0', () => {
    const values = new Float32Array([1, 2]);
    const adam = new Adam(2);
    for (let step = 0; step < 10; step++) adam.step(values, [0, 1], 0.1);
    expect(values[0]).toBe(1);
    expect(values[1]).toBeLessThan(1.5);
  });

  test('does two steps as worked by hand', () => {
    // Gradients 1, then 0: m = .1 then .09, v = .1 then .09; corrected by 1 − .9 = .1, then by 1 − .81 = .19.
    const values = new Float32Array(1);
    const adam = new Adam(1);
    adam.step(values, [1], 0.5);
    expect(values[0]).toBeCloseTo(-0.5, 6);
    adam.step(values, [0], 0.5);
    expect(values[0]).toBeCloseTo(-0.5 - (0.5 * (0.09 / 0.19)) / Math.sqrt(0.09 / 0.19), 6);
  });
});
