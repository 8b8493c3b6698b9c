// What a diagnosis looks at: the arrays of a batch as numbers, and what the loss made of them.
import type { Labels } from '../tensor/batch';

/** Numbers and a shape; whatever they were stored in has been read. */
export interface NumberArray {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** gtTexts [N, H, W], gtKernels [N, Kg, H, W], trainingMasks [N, H, W], as they came: not yet made binary. */
export type DenseLabels = Labels<NumberArray>;

/** Labels counted by the s × s pixels below a logit. */
export interface CountedLabels {
  /** [N, 3 + 2Kg, h, w] in the order n_g, n_m, n_mg, n_mk[1…Kg], n_mgk[1…Kg] */
  readonly counts: NumberArray;
  /** s */
  readonly scale: number;
  /** Kg */
  readonly kernels: number;
}

/** The options of the loss that a finding depends on. */
export interface DiagnosedOptions {
  readonly kernelSampleMask: 'pred' | 'gt' | 'union';
  /** the number that the text logits were compared with */
  readonly textThreshold: number;
  readonly ohemRatio: number;
  readonly epsInNumerator: boolean;
  readonly binarizeLabels: boolean;
  readonly kernelTrainingMask: 'value' | 'above-half';
  readonly upsample: 'nearest' | 'bilinear' | 'none';
  readonly negativePool: 'all' | 'valid';
  readonly emptyImages: 'include' | 'skip';
}

/** The losses and IoUs of every image, each [N]. */
export interface DiagnosedLosses {
  readonly loss: ArrayLike<number>;
  readonly lossText: ArrayLike<number>;
  readonly lossKernels: ArrayLike<number>;
  readonly iouText: ArrayLike<number>;
  readonly iouKernel: ArrayLike<number>;
}

export interface DiagnosedBatch {
  /** [N, C, h, w], logits */
  readonly maps: NumberArray;
  readonly labels: DenseLabels | CountedLabels;
  readonly options: DiagnosedOptions;
  /** what the text dice received, [N, H, W]; of counted labels the selected pixels of each block, [N, h, w] */
  readonly selected: NumberArray;
  /** what the kernel dice received, in the same form */
  readonly kernelMask: NumberArray;
  readonly perImage: DiagnosedLosses;
  /** [N], pixels that may be learned and whose interpolated text logit is above 0: where logits alone do not tell, under bilinear */
  readonly predicted?: ArrayLike<number>;
}

export interface Sizes {
  /** N */
  readonly images: number;
  /** C = 1 + K */
  readonly channels: number;
  /** Kg */
  readonly gtKernels: number;
  /** h × w */
  readonly mapHeight: number;
  readonly mapWidth: number;
  /** H × W */
  readonly height: number;
  readonly width: number;
}

export function isCounted(labels: DiagnosedBatch['labels']): labels is CountedLabels {
  return 'counts' in labels;
}

export function sizesOf({ maps, labels }: DiagnosedBatch): Sizes {
  const [images, channels, mapHeight, mapWidth] = maps.shape as [number, number, number, number];
  const ofMaps = { images, channels, mapHeight, mapWidth };
  if (isCounted(labels)) {
    const { scale, kernels } = labels;
    const [height, width] = [mapHeight * scale, mapWidth * scale];
    return { ...ofMaps, gtKernels: kernels, height, width };
  }
  const [, gtKernels, height, width] = labels.gtKernels.shape as [number, number, number, number];
  return { ...ofMaps, gtKernels, height, width };
}

/** Plane `index` of an array, its last two axes, without a copy where the array can give one. */
export function planeOf({ data }: NumberArray, index: number, length: number): ArrayLike<number> {
  const [start, end] = [index * length, (index + 1) * length];
  if (ArrayBuffer.isView(data)) return (data as unknown as Float64Array).subarray(start, end);
  return Array.from({ length }, (_, p) => data[start + p]!);
}
