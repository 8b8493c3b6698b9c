// Moving a polygon's outline inwards, as every upstream does with pyclipper.
import { offsetInwards } from './clipper';
import type { Point } from './rasterize';

/**
 * The polygon at `distance` pixels inside the given one, its corners rounded to whole pixels;
 * undefined where nothing is left. Where it falls apart, the first piece: the others are lost,
 * as they are in PSENet, PaddleOCR and mmocr. Orientation does not matter.
 */
export function shrink(polygon: readonly Point[], distance: number): readonly Point[] | undefined {
  return offsetInwards(polygon, distance)[0];
}

/** What the distance is computed from. */
export interface Measures {
  /** square pixels, never negative; the lobes of a self-crossing polygon cancel each other */
  readonly area: number;
  /** pixels */
  readonly perimeter: number;
}

export function measure(polygon: readonly Point[]): Measures {
  let twiceArea = 0;
  let perimeter = 0;
  polygon.forEach(([x, y], index) => {
    const [nextX, nextY] = polygon[(index + 1) % polygon.length] as Point;
    const [dx, dy] = [nextX - x, nextY - y];
    twiceArea += x * dy - y * dx;
    // Not Math.hypot: upstream takes the plain root, and the distance is rounded to whole pixels.
    perimeter += Math.sqrt(dx * dx + dy * dy);
  });
  return { area: Math.abs(twiceArea) / 2, perimeter };
}
