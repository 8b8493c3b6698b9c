// The pictures of one photo, cut to the part around its texts.
import { cut, labelsPicture, logitsPicture, selectionPicture } from '../../diagnose/pictures';
import type { Labels } from '../../tensor/batch';
import type { NdArray } from '../../tensor/nd-array';
import { type Fit, FLAT } from '../fit';
import { KERNELS, type Photo, SCALE, SIZE } from '../photo';
import { type Window, windowOf } from './window';

/** OHEM's pixels, counted. */
export interface Kept {
  readonly text: number;
  readonly background: number;
  /** all background that is not ignored */
  readonly of: number;
  /** background that OHEM asked for: its ratio times the text */
  readonly asked: number;
}

/** What is shown, and the PNG files of it. */
export interface Figures {
  readonly window: Window;
  readonly labels: Uint8Array;
  /** logits of the text map before the first step and after the last */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** logits of the smallest kernel after the last step */
  readonly kernel: Uint8Array;
  /** OHEM's pixels at the end */
  readonly selection: Uint8Array;
  /** in the whole photo */
  readonly kept: Kept;
}

const MAP = SIZE / SCALE;

export function drawFigures(
  photo: Photo,
  labels: Labels<NdArray<Uint8Array>>,
  { logits, selectedMask }: Pick<Fit, 'logits' | 'selectedMask'>,
  ohemRatio: number,
): Figures {
  const window = windowOf(photo);
  const label = (data: ArrayLike<number>, channel = 0) =>
    cut(data, channel * SIZE * SIZE, SIZE, window);
  const small = {
    left: window.left / SCALE,
    top: window.top / SCALE,
    width: window.width / SCALE,
    height: window.height / SCALE,
  };
  const map = (data: ArrayLike<number>, channel: number) =>
    logitsPicture(cut(data, channel * MAP * MAP, MAP, small));
  const text = label(labels.gtTexts.data);
  const mask = label(labels.trainingMasks.data);
  const kernels = Array.from({ length: KERNELS }, (_, k) => label(labels.gtKernels.data, k));
  const flat = new Float32Array(MAP * MAP).fill(FLAT);
  return {
    window,
    labels: labelsPicture(text, kernels, mask),
    before: map(flat, 0),
    after: map(logits, 0),
    kernel: map(logits, KERNELS),
    selection: selectionPicture(label(selectedMask), text, mask),
    kept: countKept(selectedMask, labels, ohemRatio),
  };
}

function countKept(
  selected: ArrayLike<number>,
  { gtTexts, trainingMasks }: Labels<NdArray<Uint8Array>>,
  ohemRatio: number,
): Kept {
  const kept = { text: 0, background: 0, of: 0 };
  for (let i = 0; i < gtTexts.data.length; i++) {
    const isText = gtTexts.data[i]! === 1;
    if (!isText && trainingMasks.data[i]! === 1) kept.of += 1;
    if (selected[i]! > 0.5) kept[isText ? 'text' : 'background'] += 1;
  }
  return { ...kept, asked: Math.trunc(kept.text * ohemRatio) };
}
