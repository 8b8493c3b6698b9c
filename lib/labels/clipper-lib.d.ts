// The part of clipper-lib 6.4.2 that is used here; the package brings no types of its own.
declare module 'clipper-lib' {
  export interface IntPoint {
    X: number;
    Y: number;
  }

  export const JoinType: { readonly jtRound: number };
  export const EndType: { readonly etClosedPolygon: number };

  export class ClipperOffset {
    /** miterLimit is unused with round joins; arcTolerance in pixels */
    constructor(miterLimit: number, arcTolerance: number);
    AddPath(path: readonly IntPoint[], joinType: number, endType: number): void;
    /** Empties `solution` and fills it with the polygons at distance `delta`, negative = inwards. */
    Execute(solution: IntPoint[][], delta: number): void;
  }
}
