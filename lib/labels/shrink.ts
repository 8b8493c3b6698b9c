// Moving a polygon's outline inwards, as pyclipper does for every upstream: Clipper 6, round joins.
import { ClipperOffset, EndType, type IntPoint, JoinType } from 'clipper-lib';
import type { Point } from './rasterize';

// pyclipper's defaults.
const MITER_LIMIT = 2;
const ARC_TOLERANCE = 0.25;

/**
 * The polygon at `distance` pixels inside the given one, its corners rounded to whole pixels;
 * undefined where nothing is left. Where it falls apart, the first piece: the others are lost,
 * as they are in PSENet, PaddleOCR and mmocr. Orientation does not matter.
 */
export function shrink(polygon: readonly Point[], distance: number): readonly Point[] | undefined {
  const offset = new ClipperOffset(MITER_LIMIT, ARC_TOLERANCE);
  const path = polygon.map(([x, y]) => ({ X: x, Y: y }));
  offset.AddPath(path, JoinType.jtRound, EndType.etClosedPolygon);
  const pieces: IntPoint[][] = [];
  offset.Execute(pieces, -distance);
  return pieces[0]?.map(({ X, Y }) => [X, Y] as const);
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
