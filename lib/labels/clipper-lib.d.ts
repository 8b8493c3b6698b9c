// The part of clipper-lib 6.4.2 that is used here; the package brings no types of its own.
// What is protected here is not documented by the package, hence the pinned version.
declare module 'clipper-lib' {
  export interface IntPoint {
    X: number;
    Y: number;
  }

  export const JoinType: { readonly jtRound: number };
  export const EndType: { readonly etClosedPolygon: number };
  export const PolyType: { readonly ptSubject: number };
  export const PolyFillType: { readonly pftNegative: number };
  export const ClipType: { readonly ctUnion: number };

  export class ClipperOffset {
    /** miterLimit is unused with round joins; arcTolerance in pixels */
    constructor(miterLimit: number, arcTolerance: number);
    AddPath(path: readonly IntPoint[], joinType: number, endType: number): void;
    protected FixOrientations(): void;
    /** Fills m_destPolys with the raw outlines at distance `delta`, negative = inwards. */
    protected DoOffset(delta: number): void;
    /** Adds the outline around corner j, after that of corner k. */
    protected DoRound(j: number, k: number): void;
    protected m_destPolys: IntPoint[][];
    protected m_delta: number;
    protected m_StepsPerRad: number;
    /** of the angle of a step, with the sign of delta */
    protected m_sin: number;
    protected m_cos: number;
  }

  /** An edge between corners; the sweep goes from its Bot up to its Top, and is at Curr. */
  export interface Edge {
    readonly Bot: IntPoint;
    readonly Curr: IntPoint;
    readonly Top: IntPoint;
    /** index of the polygon that it is an outline of, negative if of none */
    readonly OutIdx: number;
    /** its neighbours to the left and right in the row of the sweep */
    readonly PrevInAEL: Edge | null;
    readonly NextInAEL: Edge | null;
  }

  /** Where two edges begin; a list from the bottom upwards. */
  export interface LocalMinima {
    readonly Y: number;
    Next: LocalMinima | null;
  }

  export interface OutPt {
    readonly Pt: IntPoint;
  }

  export class Clipper {
    constructor(options: number);
    static GetBounds(paths: readonly IntPoint[][]): {
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    };
    ReverseSolution: boolean;
    AddPaths(paths: readonly IntPoint[][], polyType: number, closed: boolean): boolean;
    /** Fills `solution`. */
    Execute(clipType: number, solution: IntPoint[][], subject: number, clip: number): boolean;
    protected m_MinimaList: LocalMinima | null;
    protected InsertLocalMinima(minima: LocalMinima): void;
    /** Replaces an edge that ends by the next one of its outline. */
    protected UpdateEdgeIntoAEL(edge: Edge): Edge;
    /** Adds a corner to the edge's polygon, unless it is there. */
    protected AddOutPt(edge: Edge, point: IntPoint): OutPt;
    protected AddJoin(one: OutPt, other: OutPt, offset: IntPoint): void;
  }
}
