// How the options of a call come about.
import { expect, test } from '@jest/globals';
import { presets, resolve } from './presets';

test("what nobody gives is PaddleOCR's", () => {
  expect(resolve({})).toEqual({
    ...{ alpha: 0.7, kernelWeight: 1 - 0.7, ohemRatio: 3, alignCorners: false },
    ...{ negativePool: 'all', emptyImages: 'include' },
    ...presets.paddleocr,
  });
});

test("a given option wins over the preset's, and undefined is not given", () => {
  const options = resolve({ preset: 'mmocr', eps: 0.5, reduction: undefined });
  expect(options).toMatchObject({ ...presets.mmocr, eps: 0.5, reduction: 'mean' });
});

test('a preset may be an object of options', () => {
  expect(resolve({ preset: { eps: 0.25, alpha: 0.5 }, alpha: 0.25 })).toMatchObject({
    ...presets.paddleocr,
    ...{ eps: 0.25, alpha: 0.25 },
  });
});

test('the weight of the kernels is what alpha leaves, unless it is given', () => {
  expect(resolve({ alpha: 0.25 }).kernelWeight).toBe(0.75);
  expect(resolve({ alpha: 0.25, kernelWeight: 3 }).kernelWeight).toBe(3);
  expect(resolve({ preset: { kernelWeight: 3 }, alpha: 0.25 }).kernelWeight).toBe(3);
});

test('every preset says every option in which upstreams differ', () => {
  const names = Object.keys(presets.paddleocr);
  for (const [name, preset] of Object.entries(presets)) {
    // PSENet's python3 predicts no text: it needs no threshold.
    const expected = names.filter((option) => name !== 'psenet' || option !== 'textThreshold');
    expect(Object.keys(preset)).toEqual(expected);
  }
});
