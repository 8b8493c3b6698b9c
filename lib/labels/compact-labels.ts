// Binary labels → the counts that a loss needs of them. Label pixels that share a logit differ in nothing but how many
// of them are text, learned and kernel; counted once, in a loader, they are a thirtieth of the labels in float32.
import { readBoolean, readOptions } from '../arguments/choice';
import { COMPACT_SCALE, COMPACT_VERSION, LARGEST_UINT8_SCALE } from '../arguments/compact';
import { describeShape, either } from '../arguments/describe';
import {
  checkLabelElements,
  checkLabels,
  LABEL_AXES,
  type LabelArguments,
  readLabels,
} from '../arguments/labels';
import { readNumber } from '../arguments/number';
import { numbersWithin } from '../arguments/numbers';
import { labelHint, placeOf, wrongValue } from '../arguments/values';
import { mismatch } from '../errors';
import type { CompactLabels, Labels } from '../tensor/batch';
import type { AnyArray } from '../tensor/nd-array';
import { zeros } from '../tensor/zeros';

/** What {@link compactLabels} may be told. */
export interface CompactLabelsOptions {
  /** s = H / h = W / w, the factor between labels and maps: 1…255; both sizes have to be multiples of it */
  readonly scale: number;
  /** count what is above .5 in `gtTexts` and `gtKernels` as 1, as the loss's option of this name; @default false */
  readonly binarizeLabels?: boolean | undefined;
  /** how many of the Kg text kernels to keep, from the first on: 1…Kg; @default Kg */
  readonly kernels?: number | undefined;
}

/** Labels of every dtype that a loss takes. */
type LabelInput = AnyArray<Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array>;

const CALL = 'compactLabels';
const OPTIONS = ['scale', 'binarizeLabels', 'kernels'] as const;

/**
 * Counts what the loss needs of binary labels: of a batch of 16 images of 640 × 640 with 6 text kernels 6 MB, where the
 * labels have 210 MB in float32 and 52 MB in uint8. `PSELoss` takes the counts instead of the labels and gives the same
 * bits of every result. Synchronous and without native code: made for the workers that load the data, which can send
 * them on by `postMessage`.
 *
 * ```text
 * counts[n] = n_g, n_m, n_mg, n_mk[1…Kg], n_mgk[1…Kg]    each [h, w], h = H / s, w = W / s
 *     n_g   = pixels of the s × s block with g = 1       g = gtTexts, m = trainingMasks, k = one of gtKernels
 *     n_mgk = pixels of the s × s block with m = 1 and g = 1 and k = 1; the others alike
 * ```
 *
 * A loss that takes them has `upsample: 'nearest'`, or `'none'` where s is 1, the same `binarizeLabels`, and no
 * `returnMask`: they no longer know which pixels of a block were what. Soft labels and fractional masks cannot be
 * counted; the loss takes them as they are.
 *
 * The last kernel that is kept is the one that `iouKernel` compares with: with `kernels` below Kg it is another one
 * than with the labels themselves, and `iouKernel` alone differs. PaddleOCR's labels have one kernel more than its maps.
 *
 * @param labels float32, float64, uint8, bool, int32 or int64, every element 0 or 1 (bool: any, read as `!= 0`):
 * `gtTexts` [N, H, W], 1 = text; `gtKernels` [N, Kg, H, W], from large to small; `trainingMasks` [N, H, W], 1 = learn,
 * 0 = ignore. With `binarizeLabels` the first two may hold any number; NaN counts as 0
 * @returns `counts` uint8 [N, 3 + 2Kg, h, w], each from 0 to s² (uint16 where s is above 15); N = 0 gives none
 * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE; ERR_PSE_SHAPE (labels that do not fit each other, sizes that are no multiples of
 * `scale`); ERR_PSE_RANGE; ERR_PSE_OPTION; ERR_PSE_VALUE (an element that is neither 0 nor 1, and where);
 * ERR_PSE_OUT_OF_MEMORY
 * @example
 * ```ts
 * import { compactLabels } from 'pse-loss';
 *
 * const labels = {
 *   gtTexts: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
 *   gtKernels: { data: new Uint8Array(6 * 16 * 16).fill(1), shape: [1, 6, 16, 16] },
 *   trainingMasks: { data: new Uint8Array(16 * 16).fill(1), shape: [1, 16, 16] },
 * };
 * const { counts, scale } = compactLabels(labels, { scale: 4 });
 * console.log(counts.shape, counts.data[0], scale); // [ 1, 15, 4, 4 ] 16 4
 * ```
 *
 * Source: none, it is our own; docs/loss.md has the sums that the counts stand for.
 */
export function compactLabels(
  labels: Labels<LabelInput>,
  options: CompactLabelsOptions,
): CompactLabels {
  const given = readLabels(CALL, labels);
  checkLabels(CALL, given, 1);
  const { scale, binarizeLabels, kernels } = readOwnOptions(options, given);
  // The options may have had getters.
  checkLabelElements(CALL, given);
  const { images, height, width } = checkSizes(given, scale);
  const dtype = scale > LARGEST_UINT8_SCALE ? 'uint16' : 'uint8';
  const shape = [images, 3 + 2 * kernels, height / scale, width / scale];
  const { data } = zeros(CALL, dtype, shape);
  // Of no image the sizes may be anything, and planes of them more than there is memory.
  if (images > 0) countImages(given, { scale, binarizeLabels, kernels }, { data, shape });
  return { counts: { data, shape }, scale, kernels, binarizeLabels, version: COMPACT_VERSION };
}

type ReadOptions = Pick<CompactLabels, 'scale' | 'binarizeLabels' | 'kernels'>;

function readOwnOptions(options: unknown, { gtKernels }: LabelArguments): ReadOptions {
  const given = readOptions(CALL, 'options', options, OPTIONS);
  const all = gtKernels.shape[1] as number;
  const { binarizeLabels = false, kernels = all } = given;
  return {
    scale: readNumber(CALL, 'options.scale', given.scale, COMPACT_SCALE),
    binarizeLabels: readBoolean(CALL, 'options.binarizeLabels', binarizeLabels),
    kernels: readNumber(
      CALL,
      'options.kernels',
      kernels,
      { min: 1, max: all, integer: true },
      `labels.gtKernels is ${describeShape(gtKernels.shape)}`,
    ),
  };
}

/** The size of the labels, which has to have pixels and be a multiple of the scale. */
function checkSizes(labels: LabelArguments, scale: number) {
  const [images, height, width] = labels.gtTexts.shape as readonly [number, number, number];
  const multiple = (size: number) => size > 0 && size % scale === 0;
  if (multiple(height) && multiple(width)) return { images, height, width };
  const below = (size: number) => Math.max(1, Math.floor(size / scale)) * scale;
  const above = (size: number) => Math.max(1, Math.ceil(size / scale)) * scale;
  const near = new Set([`${below(height)}×${below(width)}`, `${above(height)}×${above(width)}`]);
  throw mismatch('ERR_PSE_SHAPE', {
    call: CALL,
    argument: 'labels.gtTexts',
    requirement: `[N, H, W], H and W multiples of scale = ${scale}`,
    got: describeShape(labels.gtTexts.shape),
    hint: `labels of ${either([...near])} would do`,
  });
}

/** Fills the channels of every image. */
function countImages(
  labels: LabelArguments,
  { scale, binarizeLabels, kernels }: ReadOptions,
  counts: CompactLabels['counts'],
): void {
  const [images, channels, rows, columns] = counts.shape as Four;
  const sheet = { counts: counts.data, rows, columns, scale };
  const size = [rows * scale, columns * scale];
  const text = zeros(CALL, 'uint8', size).data;
  const mask = zeros(CALL, 'uint8', size).data;
  const kernel = zeros(CALL, 'uint8', size).data;
  const alwaysOne = zeros(CALL, 'int32', size).data.fill(1);
  // In the lower half 1 where a pixel is learned, in the upper where it is text besides.
  const learned = zeros(CALL, 'int32', size).data;
  const given = labels.gtKernels.shape[1] as number;
  for (let n = 0; n < images; n++) {
    readPlane(labels, 'gtTexts', n, binarizeLabels, text);
    readPlane(labels, 'trainingMasks', n, false, mask);
    for (let i = 0; i < learned.length; i++) {
      const m = mask[i] as number;
      learned[i] = m | ((m & (text[i] as number)) << 16);
    }
    const first = n * channels;
    sumBlocks(sheet, text, alwaysOne, first);
    sumBlocks(sheet, mask, learned, first + 1, first + 2);
    for (let k = 0; k < kernels; k++) {
      readPlane(labels, 'gtKernels', n * given + k, binarizeLabels, kernel);
      sumBlocks(sheet, kernel, learned, first + 3 + k, first + 3 + kernels + k);
    }
  }
}

type Four = readonly [number, number, number, number];

/** One plane [H, W] of an array [..., H, W] as zeros and ones, or ERR_PSE_VALUE. */
function readPlane(
  labels: LabelArguments,
  name: keyof LabelArguments,
  plane: number,
  binarize: boolean,
  bits: Uint8Array,
): void {
  const array = labels[name];
  const start = plane * bits.length;
  const numbers = numbersWithin(array, start, bits.length);
  if (binarize) {
    for (let i = 0; i < bits.length; i++) bits[i] = (numbers[i] as number) > 0.5 ? 1 : 0;
    return;
  }
  for (let i = 0; i < bits.length; i++) {
    const value = numbers[i] as number;
    if (value !== 0 && value !== 1) {
      const requirement = '0 or 1 everywhere';
      const hint = labelHint(value, name !== 'trainingMasks');
      const place = placeOf(start + i, array.shape, LABEL_AXES[name]);
      throw wrongValue(CALL, `labels.${name}`, { requirement, value, hint }, place);
    }
    bits[i] = value;
  }
}

/** Where counts go: h and w of each channel, and s. */
interface Sheet {
  readonly counts: Uint8Array | Uint16Array;
  readonly rows: number;
  readonly columns: number;
  readonly scale: number;
}

/**
 * Adds up, block by block, the weights of the pixels whose bit is 1. A weight is two numbers of 16 bits, which a block
 * of 255² pixels cannot overflow: the lower sums go to the channel `low`, the upper to the channel `high`.
 */
function sumBlocks(
  { counts, rows, columns, scale }: Sheet,
  bits: Uint8Array,
  weights: Int32Array,
  low: number,
  high?: number,
): void {
  const sums = new Int32Array(columns);
  let pixel = 0;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let line = 0; line < scale; line++) {
      for (let column = 0; column < columns; column++) {
        let sum = sums[column] as number;
        for (const end = pixel + scale; pixel < end; pixel++) {
          sum = (sum + (-(bits[pixel] as number) & (weights[pixel] as number))) | 0;
        }
        sums[column] = sum;
      }
    }
    const toLow = (low * rows + row) * columns;
    for (let column = 0; column < columns; column++)
      counts[toLow + column] = sums[column] as number;
    if (high === undefined) continue;
    const toHigh = (high * rows + row) * columns;
    for (let column = 0; column < columns; column++) {
      counts[toHigh + column] = (sums[column] as number) >>> 16;
    }
  }
}
