// What is counted of the maps of one image.
import { type NumberArray, planeOf, type Sizes } from './batch';
import type { Blocks } from './label-facts';

/** Beyond ±16 the derivative of the sigmoid is below 1.2e-7: in float32, next to nothing comes back through it. */
export const SATURATED = 16;

/** One map. */
export interface MapFacts {
  readonly nan: number;
  readonly infinite: number;
  /** the logit where the first NaN is, and the first Inf; −1 for none */
  readonly firstNan: number;
  readonly firstInfinite: number;
  /** of the finite logits */
  readonly smallest: number;
  readonly largest: number;
  /** of the logits above pixels that may be learned, Inf included */
  readonly largestValid: number;
  /** pixels that may be learned below logits above 0 */
  readonly positive: number;
  /** of these, pixels of text */
  readonly positiveText: number;
  /** of these pixels, those that the channel before has too */
  readonly shared: number;
  /** logits above pixels of the channel's target; of these, how many are below −16 */
  readonly onTarget: number;
  readonly drowned: number;
  /** logits above pixels that may be learned, none of the target; of these, how many are above 16 */
  readonly offTarget: number;
  readonly blinded: number;
}

export function readMaps(
  maps: NumberArray,
  image: number,
  { channels, mapHeight, mapWidth }: Sizes,
  { valid, targets }: Blocks,
): MapFacts[] {
  const logits = mapHeight * mapWidth;
  const weights = new Float64Array(valid);
  const texts = new Float64Array(targets[0]!);
  const wasPositive = new Uint8Array(logits);
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float64Array(planeOf(maps, image * channels + channel, logits));
    const target = targets[channel];
    return readMap(plane, weights, texts, target && new Float64Array(target), wasPositive);
  });
}

function readMap(
  plane: Float64Array,
  weights: Float64Array,
  texts: Float64Array,
  target: Float64Array | undefined,
  wasPositive: Uint8Array,
): MapFacts {
  const facts = {
    ...{ nan: 0, infinite: 0, firstNan: -1, firstInfinite: -1 },
    ...{ smallest: Infinity, largest: -Infinity, largestValid: -Infinity },
    ...{ positive: 0, positiveText: 0, shared: 0 },
    ...{ onTarget: 0, drowned: 0, offTarget: 0, blinded: 0 },
  };
  for (let i = 0; i < plane.length; i++) {
    const x = plane[i]!;
    const isPositive = x > 0;
    if (Number.isFinite(x)) {
      if (x < facts.smallest) facts.smallest = x;
      if (x > facts.largest) facts.largest = x;
    } else if (Number.isNaN(x)) {
      if (facts.nan++ === 0) facts.firstNan = i;
    } else if (facts.infinite++ === 0) facts.firstInfinite = i;
    const weight = weights[i]!;
    if (weight > 0) {
      if (x > facts.largestValid) facts.largestValid = x;
      if (isPositive) {
        facts.positive += weight;
        facts.positiveText += texts[i]!;
        if (wasPositive[i] === 1) facts.shared += weight;
      }
      if (target !== undefined) {
        if (target[i]! > 0) {
          facts.onTarget++;
          if (x < -SATURATED) facts.drowned++;
        } else {
          facts.offTarget++;
          if (x > SATURATED) facts.blinded++;
        }
      }
    }
    wasPositive[i] = isPositive ? 1 : 0;
  }
  return facts;
}
