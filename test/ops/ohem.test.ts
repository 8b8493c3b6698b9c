// Which pixels online hard example mining keeps, seen through selectedMask.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { expectAsOracle } from './against-oracle';
import { type DTypes, rowOf } from './small';

interface Row {
  readonly name: string;
  /** @default two pixels of text, then negatives from the easiest to the hardest */
  readonly logits?: readonly number[];
  /** @default two pixels of text */
  readonly text?: readonly number[];
  /** @default ones */
  readonly mask?: readonly number[];
  /** @default 1 */
  readonly ratio?: number;
  readonly options?: PSELossOptions;
  readonly expected: readonly number[];
}

const RISING = [0, 0, 1, 2, 3, 4, 5, 6];
const TEXT = [1, 1, 0, 0, 0, 0, 0, 0];
const ONES = [1, 1, 1, 1, 1, 1, 1, 1];

function selection(
  { logits = RISING, text = TEXT, mask = ONES, ratio = 1, options = {} }: Partial<Row>,
  dtypes: DTypes,
) {
  const { maps, labels } = rowOf(logits, text, mask, dtypes);
  const loss = new PSELoss({ ohemRatio: ratio, returnMask: true, ...options });
  const { selectedMask } = loss.forwardSync(maps, labels);
  return [...selectedMask!.data];
}

const DTYPES: readonly DTypes[] = (['float32', 'float64'] as const).flatMap((maps) =>
  (['uint8', 'float32'] as const).map((labels) => ({ maps, labels })),
);

const VALUES: readonly Row[] = [
  {
    name: 'keeps the text and as many of the hardest negatives as the quota says',
    ratio: 1.5, // 2 · 1.5 = 3
    expected: [1, 1, 0, 0, 0, 1, 1, 1],
  },
  {
    name: 'truncates the quota',
    ratio: 1.49, // 2 · 1.49 = 2.98
    expected: [1, 1, 0, 0, 0, 0, 1, 1],
  },
  {
    name: 'keeps all negatives where there are fewer than the quota',
    ratio: 3.5,
    expected: ONES,
  },
  {
    name: 'keeps every negative that ties with the threshold',
    logits: [0, 0, 5, 1, 5, 1, 5, 1],
    expected: [1, 1, 1, 0, 1, 0, 1, 0],
  },
  {
    name: 'keeps everything where all logits are one',
    logits: [7, 7, 7, 7, 7, 7, 7, 7],
    ratio: 0.5,
    expected: ONES,
  },
  {
    name: 'takes −0 and +0 for one logit',
    logits: [0, 0, -1, -0, 0, -1, -0, 0],
    expected: [1, 1, 0, 1, 1, 0, 1, 1],
  },
  {
    name: 'counts no positive that is masked out, and selects none',
    mask: [1, 0, 1, 1, 1, 1, 1, 1], // 1 · 1 = 1
    expected: [1, 0, 0, 0, 0, 0, 0, 1],
  },
  {
    name: 'lets masked-out negatives take the quota',
    mask: [1, 1, 1, 1, 1, 1, 0, 0],
    expected: [1, 1, 0, 0, 0, 0, 0, 0],
  },
  {
    name: 'keeps a positive however low its logit is',
    logits: [-99, 9, 1, 2, 3, 4, 5, 6],
    expected: [1, 1, 0, 0, 0, 0, 1, 1],
  },
  {
    name: 'keeps negatives below zero as well',
    logits: [3, 3, -6, -5, -4, -3, -2, -1],
    expected: [1, 1, 0, 0, 0, 0, 1, 1],
  },
];

/** negativePool: 'valid' */
const VALID: readonly Row[] = [
  {
    name: 'lets no masked-out negative take the quota',
    mask: [1, 1, 1, 1, 1, 1, 0, 0], // 2 of the 4 that are learned
    expected: [1, 1, 0, 0, 1, 1, 0, 0],
  },
  {
    name: 'keeps all learned negatives where there are fewer than the quota',
    mask: [1, 1, 0, 1, 0, 1, 0, 0],
    ratio: 3,
    expected: [1, 1, 0, 1, 0, 1, 0, 0],
  },
  {
    name: 'falls back to the training mask where no negative is learned',
    mask: [1, 1, 0, 0, 0, 0, 0, 0],
    expected: [1, 1, 0, 0, 0, 0, 0, 0],
  },
  {
    name: 'keeps ties among the learned ones, and none of the others',
    logits: [0, 0, 5, 5, 5, 1, 1, 9],
    mask: [1, 0, 1, 1, 0, 1, 1, 0], // 1 · 1 = 1
    expected: [1, 0, 1, 1, 0, 0, 0, 0],
  },
];

const FALLBACKS: readonly Row[] = [
  { name: 'there is no text', text: [0, 0, 0, 0, 0, 0, 0, 0], expected: [] },
  { name: 'all text is masked out', mask: [0, 0, 1, 1, 0, 1, 1, 1], expected: [] },
  { name: 'everything is text', text: ONES, mask: [1, 0, 1, 1, 0, 1, 1, 1], expected: [] },
  { name: 'the quota is less than one', ratio: 0.49, mask: [1, 1, 1, 1, 0, 1, 0, 1], expected: [] },
  { name: 'the ratio is 0', ratio: 0, mask: [1, 1, 1, 1, 0, 1, 0, 1], expected: [] },
];

describe.each(DTYPES)('values, maps $maps, labels $labels', (dtypes) => {
  test.each(VALUES)('$name', (row) => {
    expect(selection(row, dtypes)).toEqual(row.expected);
  });

  test.each(VALID)("negativePool: 'valid' $name", (row) => {
    const options = { negativePool: 'valid' } as const;
    expect(selection({ ...row, options }, dtypes)).toEqual(row.expected);
  });

  test.each(FALLBACKS)('keeps the raw training mask where $name', ({ mask = ONES, ...row }) => {
    expect(selection({ ...row, mask }, dtypes)).toEqual(mask);
    const times255 = mask.map((m) => m * 255);
    if (row.ratio !== undefined)
      expect(selection({ ...row, mask: times255 }, dtypes)).toEqual(times255);
  });
});

describe.each(['float32', 'float64'] as const)('edge cases, maps %s', (maps) => {
  const dtypes = { maps, labels: 'float32' } as const;

  test('splits targets and masks at a half: above it is text, and learned', () => {
    const text = [0.5000001, 0.5, 0, 0, 0, 0, 0, 0];
    const mask = [0.5000001, 1, 1, 1, 1, 1, 0.5, 1];
    // 1 positive · 3 = 3 of 7 negatives: 6, 5, 4; 5 is not learned.
    expect(selection({ text, mask, ratio: 3 }, dtypes)).toEqual([1, 0, 0, 0, 0, 1, 0, 1]);
  });

  test('passes a fractional mask through where it falls back', () => {
    const mask = [0.25, 1, 0, 0.75, 0.5, 255, 1, 0];
    expect(selection({ mask, ratio: 0 }, dtypes)).toEqual(mask);
  });

  test("reads the mask as 1 where it is not 0 under fallbackMask: 'nonzero', and only where it falls back", () => {
    const options = { fallbackMask: 'nonzero' } as const;
    const mask = [0.25, 1, 0, 0.75, 0.5, 255, -1, 0];
    const nonzero = [1, 1, 0, 1, 1, 1, 1, 0];
    expect(selection({ mask, ratio: 0, options }, dtypes)).toEqual(nonzero);
    // 1 · 1 = 1: the 6 that is ignored. Masks above a half are learned.
    expect(selection({ mask, options }, dtypes)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
  });

  test("splits masks at a half for the pool of 'valid' too", () => {
    const options = { negativePool: 'valid' } as const;
    const mask = [1, 1, 1, 1, 0.75, 0.5, 0.25, 0];
    expect(selection({ mask, ratio: 0.5, options }, dtypes)).toEqual([1, 1, 0, 0, 1, 0, 0, 0]);
  });

  test.each([
    [0.29, 100, 28], // 28.999999999999996 in double, 29 in float32
    [0.07, 100, 7], // 7.000000000000001
    [1.1, 10, 11], // 11.000000000000002
    [0.3, 10, 3],
    [Number.MAX_VALUE, 10, 190], // Infinity: all of them
    [Number.MIN_VALUE, 100, 100], // 0: the training mask itself
  ])(
    'ratio %p of %p positives, in double and truncated, is %p negatives',
    (ratio, positives, kept) => {
      const logits = Array.from({ length: 200 }, (_, p) => p);
      const text = logits.map((p) => Number(p < positives));
      const selected = selection({ logits, text, mask: logits.map(() => 1), ratio }, dtypes);
      expect(selected.reduce((a, b) => a + b, 0)).toBe(positives + kept);
    },
  );

  test('keeps a block of the labels as a whole where its logit is the threshold', () => {
    const { maps: logits, labels } = makeBatch({
      seed: 1,
      images: 1,
      height: 6,
      width: 5,
      kernels: 1,
      maps,
    });
    const result = expectAsOracle({ maps: logits, labels }, { ohemRatio: 0.5 });
    const { quota, threshold } = result.mining[0]!;
    const negatives = [...labels.gtTexts.data.keys()].filter((p) => labels.gtTexts.data[p] === 0);
    const above = negatives.filter((p) => {
      const [y, x] = [Math.floor(p / 20), p % 20];
      return logits.data[Math.floor(y / 4) * 5 + Math.floor(x / 4)]! >= threshold!;
    });
    // More than were asked for: the last block is not cut.
    expect(above.length).toBeGreaterThan(quota);
  });
});
