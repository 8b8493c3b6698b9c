// Step 3: online hard example mining, one image.

/** What OHEM decides about an image. */
export interface Mining {
  /** [P], 1 where a pixel is kept; the training mask where OHEM falls back to it */
  readonly selected: Float64Array;
  readonly positives: number;
  /** that may be chosen */
  readonly negatives: number;
  /** negatives to keep */
  readonly quota: number;
  /** the logit of the last negative within the quota; undefined where OHEM falls back to the training mask */
  readonly threshold: number | undefined;
}

export interface MiningOptions {
  /** what the selection is where OHEM falls back: the training mask, or 1 where that is not 0 @default 'value' */
  readonly fallbackMask?: 'value' | 'nonzero';
  /** which negatives may be chosen: all of them, or those that are learned @default 'all' */
  readonly negativePool?: 'all' | 'valid';
}

/** Keeps the text and the `quota` negatives with the highest logits, ties included. All arrays are [P]. */
export function mine(
  logits: ArrayLike<number>,
  gtText: ArrayLike<number>,
  trainingMask: ArrayLike<number>,
  ratio: number,
  { fallbackMask = 'value', negativePool = 'all' }: MiningOptions = {},
): Mining {
  const pixels = Array.from(gtText, (_, p) => p);

  // pos = #(g > .5) − #(g > .5 & m <= .5)
  const text = pixels.filter((p) => gtText[p]! > 0.5);
  const positives = text.length - text.filter((p) => trainingMask[p]! <= 0.5).length;

  // The pool: all pixels with g <= .5, masked out or not, unless 'valid' asks for m > .5. NaN is not <= .5.
  const mayBeChosen = (p: number) => negativePool === 'all' || trainingMask[p]! > 0.5;
  const pool = pixels.filter((p) => gtText[p]! <= 0.5 && mayBeChosen(p));
  const quota = Math.trunc(Math.min(positives * ratio, pool.length));
  const counts = { positives, negatives: pool.length, quota };

  // pos = 0 or neg = 0: the training mask is the selection, raw or made binary.
  if (positives === 0 || quota === 0) {
    const fallback = (m: number) => (fallbackMask === 'value' ? m : Number(m !== 0));
    const selected = Float64Array.from(trainingMask, fallback);
    return { ...counts, selected, threshold: undefined };
  }

  // The quota-th largest logit, by sorting the negated logits upwards: typed arrays sort NaN last, so below −Inf.
  const ascending = Float64Array.from(pool, (p) => -logits[p]!).sort();
  const threshold = -ascending[quota - 1]!;

  // ((x >= threshold) | g > .5) & m > .5
  const selected = Float64Array.from(pixels, (p) => {
    const hard = logits[p]! >= threshold;
    return (hard || gtText[p]! > 0.5) && trainingMask[p]! > 0.5 ? 1 : 0;
  });
  return { ...counts, selected, threshold };
}
