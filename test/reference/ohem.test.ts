// The oracle's OHEM against selections worked by hand.
import { describe, expect, test } from '@jest/globals';
import { mine } from './ohem';

const TEXT = [1, 1, 0, 0, 0, 0, 0, 0];
const ALL = Array(8).fill(1);
/** Of the negatives, pixels 2 to 7, pixel 7 is the hardest and pixel 2 the easiest. */
const RISING = [0, 0, 1, 2, 3, 4, 5, 6];

const selection = (...args: Parameters<typeof mine>) => [...mine(...args).selected];

describe('mine', () => {
  test('keeps the text and as many of the highest negatives as the quota says', () => {
    // 2 positives · 1.5 = 3 negatives: logits 6, 5, 4.
    expect(mine(RISING, TEXT, ALL, 1.5)).toEqual({
      positives: 2,
      negatives: 6,
      quota: 3,
      threshold: 4,
      selected: Float64Array.of(1, 1, 0, 0, 0, 1, 1, 1),
    });
  });

  test('truncates the quota', () => {
    // 2 · 1.49 = 2.98 → 2
    expect(mine(RISING, TEXT, ALL, 1.49).quota).toBe(2);
  });

  test('asks for no more negatives than there are', () => {
    expect(mine(RISING, TEXT, ALL, 100)).toMatchObject({ quota: 6, threshold: 1 });
  });

  test('keeps every negative that ties with the threshold', () => {
    // The 2nd largest of 5, 5, 5, 1, 1, 1 is 5: all three of it are kept.
    expect(selection([0, 0, 1, 5, 1, 5, 1, 5], TEXT, ALL, 1)).toEqual([1, 1, 0, 1, 0, 1, 0, 1]);
  });

  test('counts no positive that is masked out, and selects none', () => {
    // 1 positive · 2 = 2 negatives: 6 and 5.
    expect(selection(RISING, TEXT, [1, 0, 1, 1, 1, 1, 1, 1], 2)).toEqual([1, 0, 0, 0, 0, 0, 1, 1]);
  });

  test('lets masked-out negatives take the quota', () => {
    // 2 · 1 = 2 negatives, 6 and 5, both masked out: none is left.
    expect(selection(RISING, TEXT, [1, 1, 1, 1, 1, 1, 0, 0], 1)).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });

  test.each([
    ['there is no text', Array(8).fill(0), 3],
    ['the quota is 0', TEXT, 0.4],
    ['every pixel is text', Array(8).fill(1), 3],
  ])('falls back to the raw training mask where %s', (_, text, ratio) => {
    const mask = [1, 0.25, 0, 255, 1, 1, 0.5, 1];
    const { selected, threshold } = mine(RISING, text, mask, ratio);
    expect([...selected]).toEqual(mask);
    expect(threshold).toBe(undefined);
  });

  test("falls back to 0 and 1 with 'nonzero'", () => {
    const mask = [1, 0.25, 0, 255, Number.NaN, -0, 0.5, 1];
    const { selected } = mine(RISING, Array(8).fill(0), mask, 3, { fallbackMask: 'nonzero' });
    expect([...selected]).toEqual([1, 1, 0, 1, 1, 0, 1, 1]);
  });

  test("chooses among the learned negatives with 'valid'", () => {
    const mask = [1, 1, 1, 1, 1, 1, 0.5, 0];
    // 2 · 1 = 2 of the 4 learned negatives: 4 and 3, whatever the ignored ones are.
    const valid = { negativePool: 'valid' } as const;
    const chosen = { positives: 2, negatives: 4, quota: 2, threshold: 3 };
    expect(mine(RISING, TEXT, mask, 1, valid)).toMatchObject(chosen);
    expect(selection(RISING, TEXT, mask, 1, valid)).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
  });

  test("falls back where 'valid' leaves no negative", () => {
    const mask = [1, 1, 0, 0, 0.5, 0, 0, 0];
    const { negatives, selected } = mine(RISING, TEXT, mask, 1, { negativePool: 'valid' });
    expect(negatives).toBe(0);
    expect([...selected]).toEqual(mask);
  });

  test('takes targets above a half for text, and masks above a half for learned', () => {
    const text = [0.6, 0.5, 0, 0, 0, 0, 0, 0];
    const mask = [0.6, 1, 1, 1, 1, 1, 0.5, 1];
    // 1 positive · 3 = 3 of the 7 negatives: 6, 5, 4; 5 is not learned.
    expect(mine(RISING, text, mask, 3)).toMatchObject({ positives: 1, negatives: 7, quota: 3 });
    expect(selection(RISING, text, mask, 3)).toEqual([1, 0, 0, 0, 0, 1, 0, 1]);
  });

  test('ranks NaN below −Infinity, and a pixel whose target is NaN nowhere', () => {
    const logits = [0, 0, Number.NaN, -Infinity, 1, 2, 9, -0];
    const text = [1, 1, 0, 0, 0, 0, Number.NaN, 0];
    // 5 negatives, downwards: 2, 1, −0, −Inf, NaN.
    expect(mine(logits, text, ALL, 2)).toMatchObject({
      negatives: 5,
      quota: 4,
      threshold: -Infinity,
    });
    expect(selection(logits, text, ALL, 1)).toEqual([1, 1, 0, 0, 1, 1, 1, 0]);
  });
});
