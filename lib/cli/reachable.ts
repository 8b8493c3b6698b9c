// The best that a map of one logit per s×s block can reach on given labels: the yardstick of a fit.
//
// Within block j the map is one value s_j. With A_j = Σ g·m² and B_j = Σ m² over the block, the dice
// coefficient of binary labels is D = 2·Σ s_j·A_j / (Σ s_j²·B_j + Σ A_j + 2·eps). Its greatest value over s in [0, 1]
// satisfies s_j = min(1, A_j / (D·B_j)); iterating the two is Dinkelbach's method for a ratio of a
// concave and a convex function, and converges from below to the one greatest D.
//
// OHEM is taken to keep every negative of a block that holds text. It does wherever its quota reaches:
// such blocks end with the highest scores of all negatives, and elsewhere s_j = 0 whatever is kept.
import type { Labels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';

/** The best per-image values. */
export interface Reachable {
  readonly loss: number;
  readonly lossText: number;
  readonly lossKernels: number;
  /** of the maps that have the best loss, not the best IoU there is */
  readonly iouText: number;
}

export interface ReachableOptions {
  /** label pixels per logit, along each side */
  readonly scale: number;
  readonly alpha: number;
  readonly kernelWeight: number;
  readonly eps: number;
}

/** The best reachable loss of one image, with a kernel mask from the prediction; `undefined` where no pixel of text may be learned. */
export function reachable(
  labels: Labels<NdArray<Uint8Array>>,
  options: ReachableOptions,
): Reachable | undefined {
  const { scale, alpha, kernelWeight, eps } = options;
  const [, kernels, height, width] = labels.gtKernels.shape as [number, number, number, number];
  const size = { height, width, scale };
  const masks = labels.trainingMasks.data;

  const text = bestDice(countBlocks(labels.gtTexts.data, 0, masks, size), eps);
  if (text.positives === 0) return undefined;
  // Where s > .5 the logit is above 0: text is predicted there, and only there kernels count.
  const predicted = text.best.map((s) => (s > 0.5 ? 1 : 0));
  const pixels = height * width;
  let lossKernels = 0;
  for (let k = 0; k < kernels; k++) {
    const blocks = countBlocks(labels.gtKernels.data, k * pixels, masks, size);
    lossKernels += (1 - bestDice(within(predicted, blocks), eps).dice) / kernels;
  }
  const lossText = 1 - text.dice;
  return {
    loss: alpha * lossText + kernelWeight * lossKernels,
    lossText,
    lossKernels,
    iouText: meanIou(predicted, text),
  };
}

/** Per block: A = Σ g·m² and B = Σ m². */
interface Blocks {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

function countBlocks(
  target: ArrayLike<number>,
  offset: number,
  masks: ArrayLike<number>,
  { height, width, scale }: { height: number; width: number; scale: number },
): Blocks {
  const columns = width / scale;
  const a = new Float64Array((height / scale) * columns);
  const b = new Float64Array(a.length);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / scale) * columns;
    for (let x = 0; x < width; x++) {
      const m = masks[y * width + x]!;
      if (m === 0) continue;
      const j = row + Math.floor(x / scale);
      a[j] = a[j]! + target[offset + y * width + x]! * m * m;
      b[j] = b[j]! + m * m;
    }
  }
  return { a, b };
}

/** The blocks where text is predicted; the others count nothing. */
function within(predicted: Float64Array, { a, b }: Blocks): Blocks {
  return {
    a: a.map((value, j) => value * predicted[j]!),
    b: b.map((value, j) => value * predicted[j]!),
  };
}

interface Best extends Blocks {
  readonly dice: number;
  /** s per block */
  readonly best: Float64Array;
  /** Σ A */
  readonly positives: number;
}

function bestDice({ a, b }: Blocks, eps: number): Best {
  const positives = a.reduce((sum, value) => sum + value, 0);
  const best = new Float64Array(a.length);
  let dice = positives === 0 ? 0 : 1;
  for (let round = 0; round < 100 && positives > 0; round++) {
    let product = 0;
    let squares = positives + 2 * eps;
    for (let j = 0; j < a.length; j++) {
      if (a[j] === 0) continue;
      const s = Math.min(1, a[j]! / (dice * b[j]!));
      best[j] = s;
      product += s * a[j]!;
      squares += s * s * b[j]!;
    }
    const next = (2 * product) / squares;
    const settled = Math.abs(next - dice) < 1e-12;
    dice = next;
    if (settled) break;
  }
  return { a, b, dice, best, positives };
}

/** Mean of the IoUs of text and of background over the pixels that may be learned, as the loss reports it. */
function meanIou(predicted: Float64Array, { a, b }: Blocks): number {
  let both = 0;
  let either = 0;
  let neither = 0;
  let learned = 0;
  for (let j = 0; j < a.length; j++) {
    const p = predicted[j]!;
    both += p * a[j]!;
    either += p === 1 ? b[j]! : a[j]!;
    neither += (1 - p) * (b[j]! - a[j]!);
    learned += b[j]!;
  }
  const text = both / (either + 1e-6);
  const background = neither / (learned - both + 1e-6);
  return (text + background) / 2;
}
