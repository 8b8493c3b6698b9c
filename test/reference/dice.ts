// Steps 4 and 6: the masked dice loss of one map of one image, and its derivative.

/** A dice loss with the sums that it is made of. */
export interface Dice {
  /** 1 − 2a / (b + c) */
  readonly loss: number;
  /** a = Σ (s·m)(g·m), + eps if it is in the numerator too */
  readonly a: number;
  /** b + c = Σ (s·m)² + eps + Σ (g·m)² + eps */
  readonly bc: number;
}

// Looked up once: Jest's sandbox makes every look-up of a global slow, and this one is in the innermost loop.
const { exp } = Math;

export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

/** target · mask; where the mask is 0 a target counts as 0, whatever it is, NaN and Inf included. */
export function masked(target: number, mask: number): number {
  return mask === 0 ? 0 : target * mask;
}

/** All arrays are [P]. A NaN logit makes the loss NaN, masked out or not. */
export function dice(
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
  mask: ArrayLike<number>,
  eps: number,
  epsInNumerator = false,
): Dice {
  let a = epsInNumerator ? eps : 0;
  let b = eps;
  let c = eps;
  for (let p = 0; p < mask.length; p++) {
    const prediction = sigmoid(logits[p]!) * mask[p]!;
    const truth = masked(target[p]!, mask[p]!);
    a += prediction * truth;
    b += prediction ** 2;
    c += truth ** 2;
  }
  return { loss: 1 - (2 * a) / (b + c), a, bc: b + c };
}

/**
 * d loss / d logit of every pixel, [P]. With s = sigmoid(x) and m the mask,
 *
 * ```text
 * da/ds = g·m²   db/ds = 2·s·m²   dloss/ds = −2/(b + c) · da/ds + 2a/(b + c)² · db/ds   ds/dx = s·(1 − s)
 * ```
 */
export function diceGradient(
  logits: ArrayLike<number>,
  target: ArrayLike<number>,
  mask: ArrayLike<number>,
  { a, bc }: Dice,
): Float64Array {
  return Float64Array.from({ length: mask.length }, (_, p) => {
    const s = sigmoid(logits[p]!);
    const m = mask[p]!;
    const da = masked(target[p]!, m) * m;
    const db = 2 * s * m ** 2;
    const ds = (-2 / bc) * da + ((2 * a) / bc ** 2) * db;
    return ds * s * sigmoid(-logits[p]!);
  });
}
