// Step 1, 'bilinear': every pixel is a weighted mean of four logits; and its adjoint.
//
// To the last bit what PyTorch's F.interpolate(size, mode='bilinear') computes on a CPU with AVX2 at real sizes
// (test/parity/interpolate.test.ts): positions and weights in the precision of the maps, the left or upper term of each mean
// in a fused multiply-add, first along rows, then down columns.
import { fmaDouble, fmaSingle } from './fma';
import type { Size } from './values';

/** How numbers are rounded: as the maps. */
export type Precision = 'single' | 'double';

export interface Bilinear {
  readonly from: Size;
  readonly to: Size;
  /** Whether the middles of the corner pixels, rather than their outer corners, are at the same place in both. */
  readonly alignCorners: boolean;
  readonly precision: Precision;
}

/** [h, w] → [H, W] */
export function interpolate(map: ArrayLike<number>, { from, to, ...how }: Bilinear): Float64Array {
  const { round, fma } = ARITHMETIC[how.precision];
  const mean = (a: number, b: number, { nearWeight, farWeight }: Source) =>
    fma(a, nearWeight, round(b * farWeight));
  const columns = sources(from.width, to.width, how);
  const rows = sources(from.height, to.height, how);

  const wide = new Float64Array(from.height * to.width); // [h, W]
  for (let y = 0; y < from.height; y++) {
    columns.forEach((source, x) => {
      const [left, right] = [map[y * from.width + source.near]!, map[y * from.width + source.far]!];
      wide[y * to.width + x] = mean(left, right, source);
    });
  }
  const pixels = new Float64Array(to.height * to.width);
  rows.forEach((source, y) => {
    for (let x = 0; x < to.width; x++) {
      const [top, bottom] = [wide[source.near * to.width + x]!, wide[source.far * to.width + x]!];
      pixels[y * to.width + x] = mean(top, bottom, source);
    }
  });
  return pixels;
}

/** The adjoint, [H, W] → [h, w]: every pixel goes to its four logits with the weights that they have in it. */
export function distribute(
  pixels: ArrayLike<number>,
  { from, to, ...how }: Bilinear,
): Float64Array {
  const sums = new Float64Array(from.height * from.width);
  const columns = sources(from.width, to.width, how);
  sources(from.height, to.height, how).forEach((row, y) => {
    columns.forEach((column, x) => {
      const pixel = pixels[y * to.width + x]!;
      const add = (i: number, j: number, weight: number) => {
        sums[i * from.width + j]! += pixel * weight;
      };
      add(row.near, column.near, row.nearWeight * column.nearWeight);
      add(row.near, column.far, row.nearWeight * column.farWeight);
      add(row.far, column.near, row.farWeight * column.nearWeight);
      add(row.far, column.far, row.farWeight * column.farWeight);
    });
  });
  return sums;
}

/** Where a row or a column of pixels comes from: two neighbouring rows or columns of logits, and their weights. */
interface Source {
  readonly near: number;
  readonly far: number;
  readonly nearWeight: number;
  readonly farWeight: number;
}

/** Of each of `to` rows or columns, among `from`. */
function sources(
  from: number,
  to: number,
  { alignCorners, precision }: Pick<Bilinear, 'alignCorners' | 'precision'>,
): readonly Source[] {
  const { round, fma } = ARITHMETIC[precision];
  const step = alignCorners ? (to > 1 ? round((from - 1) / (to - 1)) : 0) : round(from / to);
  return Array.from({ length: to }, (_, i) => {
    // A pixel's middle is half a pixel from its corner; what lies before the first logit's middle takes that logit.
    const position = alignCorners ? round(step * i) : Math.max(fma(step, i + 0.5, -0.5), 0);
    // PyTorch looks for the nearer logit in float32, whatever the precision: a double that falls short of a whole number
    // by its last bits is at that number.
    const near = Math.trunc(Math.fround(position));
    const farWeight = Math.max(round(position - near), 0);
    return {
      near,
      far: Math.min(near + 1, from - 1),
      nearWeight: round(1 - farWeight),
      farWeight,
    };
  });
}

const ARITHMETIC = {
  single: { round: Math.fround, fma: fmaSingle },
  double: { round: (value: number) => value, fma: fmaDouble },
} as const;
