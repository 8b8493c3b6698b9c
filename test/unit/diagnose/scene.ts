// A small batch that is well in every way, to be broken in one: 24 × 24 pixels, maps of 12 × 12, one text of 12 × 16 with two
// kernels of 8 × 12 and 4 × 8. The oracle computes what the loss makes of it.
import type { DiagnosedBatch, DiagnosedOptions } from '../../../lib/diagnose/batch';
import { diagnoseBatch } from '../../../lib/diagnose/diagnose';
import type { Finding, FindingCode } from '../../../lib/diagnose/finding';
import { type ReferenceOptions, referenceLoss } from '../../reference/pse-loss';

export const SIZE = 24;
export const PIXELS = SIZE * SIZE;
export const MAP = 12;
export const LOGITS = MAP * MAP;
export const SCALE = SIZE / MAP;
/** pixels of the text, of its kernels, and of none */
export const TEXT = 192;
export const FIRST = 96;
export const LAST = 32;
export const BACKGROUND = PIXELS - TEXT;

/** One image; planes may be edited and exchanged. */
export interface Scene {
  /** [1 + K][h · w] */
  maps: number[][];
  /** [H · W] */
  text: number[];
  /** [Kg][H · W] */
  kernels: number[][];
  mask: number[];
}

/** A plane that is `inside` in rows 6…17 and columns 4…19, less `margin` on each side, and `outside` elsewhere. */
export function rectangle(margin = 0, inside = 1, outside = 0): number[] {
  return Array.from({ length: PIXELS }, (_, p) => {
    const [y, x] = [Math.floor(p / SIZE), p % SIZE];
    const isInside = y >= 6 + margin && y <= 17 - margin && x >= 4 + margin && x <= 19 - margin;
    return isInside ? inside : outside;
  });
}

/** The map of a network that knows the plane: about 3 above its pixels, about −3 elsewhere. */
export function learned(plane: readonly number[], size = 3): number[] {
  return Array.from({ length: LOGITS }, (_, i) => {
    const corner = Math.floor(i / MAP) * SCALE * SIZE + (i % MAP) * SCALE;
    const block = [corner, corner + 1, corner + SIZE, corner + SIZE + 1];
    const isText = block.some((p) => plane[p]! > 0.5);
    return (isText ? size : -size) + ((i * 7) % 5) / 10;
  });
}

export function scene(edit: (scene: Scene) => void = () => {}): Scene {
  const kernels = [rectangle(2), rectangle(4)];
  const made = {
    maps: [rectangle(), ...kernels].map((plane) => learned(plane)),
    text: rectangle(),
    kernels,
    mask: new Array<number>(PIXELS).fill(1),
  };
  edit(made);
  return made;
}

const DEFAULTS = {
  kernelSampleMask: 'pred',
  textThreshold: 0,
  ohemRatio: 3,
  epsInNumerator: false,
  binarizeLabels: false,
  kernelTrainingMask: 'value',
  upsample: 'nearest',
  negativePool: 'all',
  emptyImages: 'include',
} as const satisfies DiagnosedOptions;

export type SceneOptions = Partial<DiagnosedOptions> & Pick<ReferenceOptions, 'fallbackMask'>;

/** The batch of these images, with the masks and losses of the oracle. */
export function batchOf(scenes: readonly Scene[], options: SceneOptions = {}): DiagnosedBatch {
  const images = scenes.length;
  const [first] = scenes as [Scene];
  const array = (planes: readonly (readonly number[])[], shape: readonly number[]) => ({
    data: Float64Array.from(planes.flat()),
    shape,
  });
  const maps = array(
    scenes.flatMap((image) => image.maps),
    [images, first.maps.length, MAP, MAP],
  );
  const labels = {
    gtTexts: array(
      scenes.map(({ text }) => text),
      [images, SIZE, SIZE],
    ),
    gtKernels: array(
      scenes.flatMap(({ kernels }) => kernels),
      [images, first.kernels.length, SIZE, SIZE],
    ),
    trainingMasks: array(
      scenes.map(({ mask }) => mask),
      [images, SIZE, SIZE],
    ),
  };
  const all = { ...DEFAULTS, ...options };
  const { selectedMask, kernelMask, perImage } = referenceLoss(maps, labels, all);
  return { maps, labels, options: all, selected: selectedMask, kernelMask, perImage };
}

/** The same batch with its labels counted by blocks. */
export function counted(batch: DiagnosedBatch): DiagnosedBatch {
  const { maps, labels, selected, kernelMask } = batch;
  if ('counts' in labels) return batch;
  const [images, kernels, height, width] = labels.gtKernels.shape as [
    number,
    number,
    number,
    number,
  ];
  const [h, w] = maps.shape.slice(2) as [number, number];
  const scale = height / h;
  const count = (value: (p: number) => number) => {
    const sums = new Array<number>(h * w).fill(0);
    for (let p = 0; p < height * width; p++) {
      const [y, x] = [Math.floor(p / width), p % width];
      sums[Math.floor(y / scale) * w + Math.floor(x / scale)]! += value(p);
    }
    return sums;
  };
  const perImage = Array.from({ length: images }, (_, n) => {
    const at = n * height * width;
    const g = (p: number) => labels.gtTexts.data[at + p]!;
    const m = (p: number) => labels.trainingMasks.data[at + p]!;
    const target = (k: number, p: number) =>
      labels.gtKernels.data[(n * kernels + k) * height * width + p]!;
    const all = Array.from({ length: kernels }, (_, k) => k);
    return {
      counts: [
        count(g),
        count(m),
        count((p) => m(p) * g(p)),
        ...all.map((k) => count((p) => m(p) * target(k, p))),
        ...all.map((k) => count((p) => m(p) * g(p) * target(k, p))),
      ].flat(),
      selected: count((p) => selected.data[at + p]!),
      kernelMask: count((p) => kernelMask.data[at + p]!),
    };
  });
  const counts = {
    data: Uint8Array.from(perImage.flatMap((image) => image.counts)),
    shape: [images, 3 + 2 * kernels, h, w],
  };
  const perLogit = (name: 'selected' | 'kernelMask') => ({
    data: Float32Array.from(perImage.flatMap((image) => image[name])),
    shape: [images, h, w],
  });
  return {
    ...batch,
    labels: { counts, scale, kernels },
    selected: perLogit('selected'),
    kernelMask: perLogit('kernelMask'),
  };
}

export function diagnose(scenes: readonly Scene[], options?: SceneOptions): readonly Finding[] {
  return diagnoseBatch(batchOf(scenes, options)).findings;
}

/** The codes found. */
export function codesOf(scenes: readonly Scene[], options?: SceneOptions): readonly FindingCode[] {
  return diagnose(scenes, options).map(({ code }) => code);
}

/** The finding of a code. */
export function findingOf(
  code: FindingCode,
  scenes: readonly Scene[],
  options?: SceneOptions,
): Finding | undefined {
  return diagnose(scenes, options).find((finding) => finding.code === code);
}
