// Images of one row of pixels, with one kernel, as one writes them out by hand. No upsampling and eps = 1/2 unless said otherwise.
import { type ReferenceOptions, referenceLoss } from './pse-loss';

export const LN3 = Math.log(3); // sigmoid(ln 3) = 3/4, sigmoid(−ln 3) = 1/4

/** One image. The kernel and its target are those of the text unless given. */
export interface Row {
  readonly text: readonly number[];
  readonly kernel?: readonly number[];
  readonly gtText: readonly number[];
  readonly gtKernel?: readonly number[];
  readonly mask?: readonly number[];
}

/** The loss of a batch. Maps may be narrower than the labels. */
export function lossOf(rows: readonly Row[], options: ReferenceOptions, width?: number) {
  const pixels = rows[0]!.gtText.length;
  const mapWidth = width ?? pixels;
  const flat = (of: (row: Row) => readonly number[]) => rows.flatMap((row) => [...of(row)]);
  const maps = flat(({ text, kernel = text }) => [...text, ...kernel]);
  const labels = (of: (row: Row) => readonly number[]) => ({
    data: flat(of),
    shape: [rows.length, 1, pixels],
  });
  return referenceLoss(
    { data: Float64Array.from(maps), shape: [rows.length, 2, 1, mapWidth] },
    {
      gtTexts: labels(({ gtText }) => gtText),
      gtKernels: {
        data: flat(({ gtText, gtKernel = gtText }) => gtKernel),
        shape: [rows.length, 1, 1, pixels],
      },
      trainingMasks: labels(({ gtText, mask = gtText.map(() => 1) }) => mask),
    },
    { upsample: 'none', eps: 0.5, ...options },
  );
}

/** 1 − 2a / (b + c + 2 eps), with eps = 1/2 */
export const diceOf = (a: number, b: number, c: number) => 1 - (2 * a) / (b + c + 1);
