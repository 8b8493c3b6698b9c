// What came of one photo, and whether that is as good as it gets.
import type { FitFindings, FitPoint } from './fit';
import type { Photo } from './photo';
import type { Reachable } from './reachable';

/** A fit counts as having reached its best within this, in loss and in text IoU. */
export const TOLERANCE = 0.01;

export type Verdict = 'reached' | 'short' | 'nothing to learn';

/** The fit of one photo, in numbers and in the words of its diagnosis. */
export interface PhotoResult {
  readonly photo: Photo;
  /** the loss before each step and after the last */
  readonly curve: readonly FitPoint[];
  readonly findings: FitFindings;
  readonly msPerStep: number;
  /** undefined where nothing can be learned */
  readonly best: Reachable | undefined;
}

export function startOf({ curve }: PhotoResult): FitPoint {
  return curve[0]!;
}

export function endOf({ curve }: PhotoResult): FitPoint {
  return curve.at(-1)!;
}

export function stepsOf({ curve }: PhotoResult): number {
  return curve.length - 1;
}

export function textsOf({ texts }: Photo): { readonly learned: number; readonly ignored: number } {
  const ignored = texts.filter((text) => text.ignore === true).length;
  return { learned: texts.length - ignored, ignored };
}

export function verdictOf(result: PhotoResult): Verdict {
  const { best } = result;
  if (best === undefined) return 'nothing to learn';
  const { loss, iouText } = endOf(result);
  const near = loss <= best.loss + TOLERANCE && iouText >= best.iouText - TOLERANCE;
  return near ? 'reached' : 'short';
}
