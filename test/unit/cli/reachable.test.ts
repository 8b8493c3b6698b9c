import { describe, expect, test } from '@jest/globals';
import { reachable } from '../../../lib/cli/reachable';
import { random } from '../../support/random';

const OPTIONS = { scale: 4, alpha: 0.7, kernelWeight: 0.3, eps: 1e-6 };

type Plane = readonly number[];

/** One image of 4 × (4·blocks) pixels. */
function labels(text: Plane, kernels: readonly Plane[], mask: Plane) {
  const width = text.length / 4;
  return {
    gtTexts: { data: Uint8Array.from(text), shape: [1, 4, width] },
    gtKernels: { data: Uint8Array.from(kernels.flat()), shape: [1, kernels.length, 4, width] },
    trainingMasks: { data: Uint8Array.from(mask), shape: [1, 4, width] },
  };
}

/** A 4 × 4 block whose first `n` pixels are 1. */
const first = (n: number): Plane => Array.from({ length: 16 }, (_, i) => (i < n ? 1 : 0));

describe('the best reachable loss', () => {
  test('of one block is worked out by hand', () => {
    // A of B pixels are text: D = 2·s·A / (s²·B + A) is greatest at s = √(A/B), where it is √(A/B).
    // Text: √(8/16), above .5, so the block is predicted. Kernel: √(4/16) = .5.
    const best = reachable(labels(first(8), [first(4)], first(16)), OPTIONS);
    expect(best?.lossText).toBeCloseTo(1 - Math.SQRT1_2, 6);
    expect(best?.lossKernels).toBeCloseTo(0.5, 6);
    expect(best?.loss).toBeCloseTo(0.7 * (1 - Math.SQRT1_2) + 0.3 * 0.5, 6);
    // All 16 pixels are predicted text, 8 are: IoU 8/16; no background is predicted: 0/8.
    expect(best?.iouText).toBeCloseTo((8 / 16 + 0) / 2, 6);
  });

  test('is 0 where outlines follow the blocks', () => {
    const text = [1, 1, 1, 1, 0, 0, 0, 0].flatMap((value) => [value, value, value, value]);
    const best = reachable(labels(rows(text), [rows(text)], Array(32).fill(1)), OPTIONS);
    expect(best?.loss).toBeCloseTo(0, 6);
    expect(best?.iouText).toBeCloseTo(1, 6);
  });

  test('sees nothing of ignored pixels', () => {
    // Of the 8 text pixels 4 are ignored, and so are 8 of the others: 4 of 4 remain.
    const mask = Array.from({ length: 16 }, (_, i) => (i < 4 ? 1 : 0));
    const best = reachable(labels(first(8), [first(4)], mask), OPTIONS);
    expect(best?.lossText).toBeCloseTo(0, 6);
    expect(best?.loss).toBeCloseTo(0, 6);
  });

  test('is undefined where no text may be learned', () => {
    expect(reachable(labels(first(0), [first(0)], first(16)), OPTIONS)).toBeUndefined();
    expect(reachable(labels(first(8), [first(4)], first(0)), OPTIONS)).toBeUndefined();
  });

  test('is 1 for a kernel where no text is predicted', () => {
    // 2 of 16: s = √(2/16) = .35, not predicted.
    const best = reachable(labels(first(2), [first(2)], first(16)), OPTIONS);
    expect(best?.lossKernels).toBe(1);
  });

  test('is not beaten by any of 2000 random maps, and is that of a map', () => {
    const draw = random(7).uniform;
    const width = 20;
    const text = Array.from({ length: 4 * width }, (_, i) =>
      draw() < [0, 0.2, 0.5, 0.9, 1][Math.floor((i % width) / 4)]! ? 1 : 0,
    );
    const mask = text.map(() => (draw() < 0.9 ? 1 : 0));
    const given = labels(text, [text], mask);
    const best = reachable(given, OPTIONS)!;
    let least = 1;
    let map: number[] = Array(5).fill(0.5);
    for (let round = 0; round < 2000; round++) {
      const size = 0.3 * 0.997 ** round;
      const next = map.map((s) => Math.min(1, Math.max(0, s + size * (2 * draw() - 1))));
      const loss = diceLoss(next, text, mask, width);
      expect(loss).toBeGreaterThan(best.lossText - 1e-9);
      if (loss < least) {
        least = loss;
        map = next;
      }
    }
    expect(least).toBeCloseTo(best.lossText, 4);
  });
});

/** 1 − dice of block values, pixel by pixel. */
function diceLoss(s: readonly number[], text: Plane, mask: Plane, width: number): number {
  let [a, b, c] = [0, 1e-6, 1e-6];
  for (let i = 0; i < text.length; i++) {
    const p = s[Math.floor((i % width) / 4)]! * mask[i]!;
    const g = text[i]! * mask[i]!;
    a += p * g;
    b += p * p;
    c += g * g;
  }
  return 1 - (2 * a) / (b + c);
}

/** Values per column-major cell [8 columns × 4 rows] to rows. */
function rows(columns: readonly number[]): number[] {
  return Array.from({ length: 32 }, (_, i) => columns[(i % 8) * 4 + Math.floor(i / 8)]!);
}
