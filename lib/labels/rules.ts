// The two public rules for turning a text polygon into targets, side by side: nothing else in this
// room knows that there is more than one.
import type { Measures } from './shrink';

/** Whose labels to make. */
export type LabelPreset = 'psenet' | 'paddleocr';

/** How a preset departs from the other. Rates run from 1, the whole polygon, towards 0. */
export interface LabelRule {
  /** channels of gtKernels beyond the K kernels that the network predicts */
  readonly extraKernels: number;
  /** gtTexts is a copy of the first text kernel, and not the whole polygon */
  readonly textIsFirstKernel: boolean;
  /** area and perimeter are taken after the coordinates were cut to whole pixels */
  readonly measuresWholePixels: boolean;
  /** what a text kernel becomes that has shrunk to nothing */
  readonly vanished: 'whole polygon' | 'ignored text';
  /** how far the outline moves inwards, in pixels */
  distance(measures: Measures, rate: number): number;
}

/** Largest distance of PSENet, in pixels. */
const MAX_SHRINK = 20;

export const RULES: Readonly<Record<LabelPreset, LabelRule>> = {
  // whai362/PSENet, dataset/psenet/psenet_ic15.py
  psenet: {
    extraKernels: 0,
    textIsFirstKernel: false,
    measuresWholePixels: true,
    vanished: 'whole polygon',
    distance: ({ area, perimeter }, rate) =>
      Math.min(Math.floor((area * (1 - rate * rate)) / (perimeter + 0.001) + 0.5), MAX_SHRINK),
  },
  // PaddlePaddle/PaddleOCR, ppocr/data/imaug/make_pse_gt.py
  paddleocr: {
    extraKernels: 1,
    textIsFirstKernel: true,
    measuresWholePixels: false,
    vanished: 'ignored text',
    distance: ({ area, perimeter }, rate) => (area * (1 - rate * rate)) / (perimeter + 1e-6),
  },
};

/** The rates of the text kernels, from large to small: `minRatio` is that of the K-th. */
export function kernelRates(rule: LabelRule, kernels: number, minRatio: number): readonly number[] {
  const step = (1 - minRatio) / kernels;
  const channels = kernels + rule.extraKernels;
  return Array.from({ length: channels }, (_, index) => 1 - step * (index + 1));
}
