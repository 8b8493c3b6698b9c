// Clipper 6 as pyclipper runs it (1.4.0, src/clipper.cpp). clipper-lib is a translation of the C# edition and departs from
// that C++ one in three places; a kernel of thin text then differs by tens of pixels, ordinary words by one now and then.
// The methods overridden here put it right. They are inside of clipper-lib 6.4.2, which is its last release and pinned.
import {
  Clipper,
  ClipperOffset,
  ClipType,
  type Edge,
  EndType,
  type IntPoint,
  JoinType,
  type LocalMinima,
  PolyFillType,
  PolyType,
} from 'clipper-lib';
import type { Point } from './rasterize';

// pyclipper's defaults.
const MITER_LIMIT = 2;
const ARC_TOLERANCE = 0.25;

/** The polygons `distance` pixels inside the given one, in Clipper's order; all corners are whole pixels. */
export function offsetInwards(polygon: readonly Point[], distance: number): Point[][] {
  const offset = new Offset(MITER_LIMIT, ARC_TOLERANCE);
  const path = polygon.map(([x, y]) => ({ X: x, Y: y }));
  offset.AddPath(path, JoinType.jtRound, EndType.etClosedPolygon);
  return offset.inwards(distance).map((piece) => piece.map(({ X, Y }) => [X, Y] as const));
}

class Offset extends ClipperOffset {
  /** `Execute` with a negative delta, but by our Union: the outlines are what is left of a frame around them. */
  inwards(distance: number): IntPoint[][] {
    this.FixOrientations();
    this.DoOffset(-distance);
    const { left, top, right, bottom } = Clipper.GetBounds(this.m_destPolys);
    const frame = [
      { X: left - 10, Y: bottom + 10 },
      { X: right + 10, Y: bottom + 10 },
      { X: right + 10, Y: top - 10 },
      { X: left - 10, Y: top - 10 },
    ];
    const union = new Union(0);
    union.AddPaths([...this.m_destPolys, frame], PolyType.ptSubject, true);
    union.ReverseSolution = true;
    const solution: IntPoint[][] = [];
    const { pftNegative } = PolyFillType;
    union.Execute(ClipType.ctUnion, solution, pftNegative, pftNegative);
    return solution.slice(1);
  }

  /** ClipperOffset::DoOffset of C++ takes no more steps for a full turn than π times the distance. */
  override DoRound(j: number, k: number): void {
    const most = Math.abs(this.m_delta) / 2; // steps per radian
    if (this.m_StepsPerRad > most) {
      this.m_StepsPerRad = most;
      this.m_sin = -Math.sin(1 / most); // inwards
      this.m_cos = Math.cos(1 / most);
    }
    super.DoRound(j, k);
  }
}

class Union extends Clipper {
  /** Minima in one row keep the order in which they were added, as ClipperBase::Reset of C++ sorts them; clipper-lib reverses it. */
  override InsertLocalMinima(minima: LocalMinima): void {
    let before: LocalMinima | null = null;
    let after = this.m_MinimaList;
    while (after !== null && after.Y >= minima.Y) {
      before = after;
      after = after.Next;
    }
    minima.Next = after;
    if (before === null) this.m_MinimaList = minima;
    else before.Next = minima;
  }

  /**
   * Called where an outline turns a corner. Clipper::ProcessEdgesAtTopOfScanbeam of C++ joins to it a neighbour that
   * passes through this corner and on along the same line; clipper-lib asks for one that ends there. Without the join
   * both run on to the end of the line: a spike.
   */
  override UpdateEdgeIntoAEL(edge: Edge): Edge {
    const next = super.UpdateEdgeIntoAEL(edge);
    // After a horizontal edge the caller joins by itself.
    if (edge.Top.Y === edge.Bot.Y || next.OutIdx < 0) return next;
    const neighbours = [next.PrevInAEL, next.NextInAEL];
    const twin = neighbours.find((other) => other !== null && runsAlong(other, next));
    if (twin) {
      this.AddJoin(this.AddOutPt(next, next.Bot), this.AddOutPt(twin, next.Bot), next.Top);
    }
    return next;
  }
}

/** `other`, in the same row of the sweep, passes through the lower end of `edge` and on along the same line. */
function runsAlong(other: Edge, edge: Edge): boolean {
  const [dx, dy] = [other.Top.X - other.Curr.X, other.Top.Y - other.Curr.Y];
  return (
    other.OutIdx >= 0 &&
    other.Curr.X === edge.Bot.X &&
    dy < 0 &&
    dx * (edge.Top.Y - edge.Bot.Y) === dy * (edge.Top.X - edge.Bot.X)
  );
}
