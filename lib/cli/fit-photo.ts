// One photo from its texts to its result: label it, find its best, fit it, draw it.
import { type FitPoint, fitLogits, type LossLike } from './fit';
import { drawFigures, type Figures } from './page/figures';
import { KERNELS, labelPhoto, type Photo, SCALE, SIZE } from './photo';
import { reachable } from './reachable';
import type { PhotoResult } from './result';

/** A photo's numbers, and the pictures that the page shows of it. */
export interface Fitted {
  readonly result: PhotoResult;
  readonly figures: Figures;
}

/** A loss that says how it weighs its parts; `PSELoss` is one. */
export interface WeighedLoss extends LossLike {
  readonly options: {
    readonly alpha: number;
    readonly kernelWeight: number;
    readonly eps: number;
    /** background that OHEM asks for, per text pixel */
    readonly ohemRatio: number;
  };
}

const MAP = SIZE / SCALE;

/** Only numbers and pictures are kept, so a folder of any length fits into memory. */
export async function fitPhoto(
  loss: WeighedLoss,
  photo: Photo,
  steps: number,
  onStep?: (point: FitPoint, step: number, milliseconds: number) => void,
): Promise<Fitted> {
  const labels = labelPhoto(photo);
  const best = reachable(labels, { scale: SCALE, ...loss.options });
  const fitted = await fitLogits(loss, labels, {
    shape: [1 + KERNELS, MAP, MAP],
    // Without text the gradient is 0 and steps would go nowhere.
    steps: best === undefined ? 0 : steps,
    ...(onStep && { onStep }),
  });
  const { curve, findings, msPerStep } = fitted;
  return {
    result: { photo, curve, findings, msPerStep, best },
    figures: drawFigures(photo, labels, fitted, loss.options.ohemRatio),
  };
}
