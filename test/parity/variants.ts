// What random batches are tried with: every option, preset, dtype and kind of size, and the trials that are made of them.
import { resolve } from '../reference/presets';
import type { ReferenceOptions } from '../reference/pse-loss';
import {
  type Batch,
  type BatchOptions,
  type LabelDType,
  labelDTypes,
  type MapDType,
  makeBatch,
  type Scene,
} from '../support/batch';
import type { Case } from './cases';

export const PRECISIONS = ['float32', 'float64'] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface Variant {
  /** the option that it is about, as the report names it */
  readonly about: string;
  readonly size: Omit<BatchOptions, 'seed' | 'scene' | 'maps' | 'labels'>;
  /** in place of float32 */
  readonly half?: 'float16' | 'bfloat16';
  /** where the scene allows it */
  readonly labels?: LabelDType;
  readonly given: ReferenceOptions;
}

/** A batch, what the product and the oracle are given, and the same with every option spelled out for Python. */
export interface Trial extends Case {
  readonly about: string;
  readonly inputs: Batch<MapDType, LabelDType>;
  readonly given: ReferenceOptions;
  readonly options: ReturnType<typeof resolve>;
}

/** The options of PaddleOCR's class: every factor, dtype of labels and reduction; sizes at which no vector is full. */
const PADDLEOCR: readonly Variant[] = [
  { about: 'defaults', size: { images: 3 }, given: {} },
  {
    about: 'kernelSampleMask gt',
    size: { scale: 4, gtKernels: 7, height: 9, width: 13 },
    given: { kernelSampleMask: 'gt' },
  },
  {
    about: 'eps 1e-3, mean',
    size: { scale: 2, kernels: 3, height: 11 },
    labels: 'float32',
    given: { reduction: 'mean', eps: 1e-3 },
  },
  {
    about: 'kernelWeight, ohemRatio 1.5, none',
    size: { scale: 1, kernels: 1, gtKernels: 2, images: 5, height: 17, width: 15 },
    given: { reduction: 'none', alpha: 0.5, kernelWeight: 2, ohemRatio: 1.5 },
  },
  {
    about: 'textThreshold 0, ohemRatio .3',
    size: { scale: 3, kernels: 2, images: 1, height: 10, width: 7 },
    labels: 'float32',
    given: { textThreshold: 0, ohemRatio: 0.3, alpha: 0.3 },
  },
  {
    about: 'textThreshold .7, alpha 0',
    size: { scale: 8, kernels: 4, images: 4, height: 5, width: 4 },
    given: { textThreshold: 0.7, reduction: 'mean', alpha: 0, eps: 1e-9 },
  },
  {
    about: 'ohemRatio 0, alpha 1',
    size: { scale: 5, kernels: 2, height: 6, width: 6 },
    labels: 'float32',
    given: { ohemRatio: 0, reduction: 'none', alpha: 1 },
  },
  {
    about: 'ohemRatio 1e6',
    size: { scale: 2, kernels: 3, images: 6, height: 8, width: 8 },
    given: { kernelSampleMask: 'gt', ohemRatio: 1e6, kernelWeight: 0.25, reduction: 'mean' },
  },
];

/**
 * PyTorch interpolates in another order where H + W <= 128, or with one thread and three channels: an ulp there may decide
 * a pixel of a mask. Every size under bilinear is larger, and none has two kernels.
 */
export const ACROSS = { height: 18, width: 16, scale: 4 } as const;
const THREE = { ...ACROSS, kernels: 3, images: 3 } as const;
const SMALL = { height: 9, width: 7, scale: 4, kernels: 2, images: 4 } as const;
const FLAT = { height: 37, width: 29, scale: 1, kernels: 3, images: 3 } as const;

/** Every other option, every preset, every dtype. */
const OTHERS: readonly Variant[] = [
  { about: 'preset paddleocr-2.4', size: SMALL, given: { preset: 'paddleocr-2.4' } },
  { about: 'preset psenet', size: THREE, given: { preset: 'psenet' } },
  { about: 'preset psenet-py2', size: THREE, given: { preset: 'psenet-py2' } },
  { about: 'preset mmocr', size: THREE, given: { preset: 'mmocr' } },
  { about: 'preset mmocr-0.x', size: FLAT, given: { preset: 'mmocr-0.x' } },
  {
    about: 'kernelSampleMask union',
    size: SMALL,
    given: { kernelSampleMask: 'union', textThreshold: 0.5 },
  },
  { about: 'epsInNumerator', size: SMALL, given: { epsInNumerator: true, eps: 1e-2 } },
  {
    about: 'binarizeLabels',
    size: { ...SMALL, gtKernels: 4 },
    given: { binarizeLabels: true, kernelSampleMask: 'gt' },
  },
  {
    about: 'fallbackMask nonzero',
    size: SMALL,
    given: { fallbackMask: 'nonzero', reduction: 'none' },
  },
  {
    about: 'kernelTrainingMask above-half',
    size: SMALL,
    given: { kernelTrainingMask: 'above-half' },
  },
  { about: 'negativePool valid', size: SMALL, given: { negativePool: 'valid', ohemRatio: 2 } },
  {
    about: 'emptyImages skip, mean',
    size: SMALL,
    given: { emptyImages: 'skip', reduction: 'mean' },
  },
  {
    about: 'emptyImages skip, none',
    size: FLAT,
    given: { emptyImages: 'skip', reduction: 'none', binarizeLabels: true },
  },
  { about: 'upsample none', size: FLAT, given: { upsample: 'none' } },
  { about: 'alignCorners', size: THREE, given: { upsample: 'bilinear', alignCorners: true } },
  {
    about: 'bilinear, no integer factor',
    size: { height: 13, width: 11, labelHeight: 71, labelWidth: 60, kernels: 3 },
    given: { upsample: 'bilinear' },
  },
  {
    about: 'bilinear, labels smaller than maps',
    size: { height: 90, width: 80, labelHeight: 70, labelWidth: 61, kernels: 1 },
    given: { upsample: 'bilinear', alignCorners: true, reduction: 'mean' },
  },
  { about: 'float16 maps', size: { scale: 3 }, half: 'float16', given: { textThreshold: 0 } },
  { about: 'bfloat16 maps', size: THREE, half: 'bfloat16', given: { upsample: 'bilinear' } },
  { about: 'bool labels', size: SMALL, labels: 'bool', given: {} },
  { about: 'int32 labels', size: SMALL, labels: 'int32', given: {} },
  { about: 'int64 labels', size: SMALL, labels: 'int64', given: {} },
  { about: 'float64 labels', size: SMALL, labels: 'float64', given: {} },
];

export const VARIANTS: readonly Variant[] = [...PADDLEOCR, ...OTHERS];

/** A variant on one scene; nothing where there is no such batch. */
export function makeTrial(variant: Variant, scene: Scene, precision: Precision): Trial | undefined {
  const { about, size, half, labels, given } = variant;
  if (half && precision === 'float64') return undefined;
  if (labels && !labelDTypes(scene).includes(labels)) return undefined;
  const maps = half ?? precision;
  const seed = seedOf(scene, size);
  const inputs = batchOf(maps, { seed, scene, ...size, ...(labels && { labels }) });
  const name = `${inputs.name}, ${JSON.stringify(given)}`;
  return { name, about, inputs, precision: maps, given, options: resolve(given) };
}

/** Every scene and size another batch. */
function seedOf(scene: Scene, size: Variant['size']): number {
  return [...scene, ...JSON.stringify(size)].reduce(
    (sum, letter) => (31 * sum + letter.charCodeAt(0)) % 1_000_003,
    7,
  );
}

type Drawing = Omit<BatchOptions<MapDType, LabelDType>, 'maps'>;

/** Drawing takes longer than computing: a batch is drawn once, for both precisions and all options tried on it. */
function batchOf(maps: MapDType, options: Drawing): Trial['inputs'] {
  const key = JSON.stringify([maps, options]);
  if (maps !== 'float32') return once(key, () => makeBatch({ maps, ...options }));
  return once(key, () => {
    const wide = batchOf('float64', options);
    const data = Float32Array.from(wide.maps.data as Float64Array);
    const name = wide.name.replace('float64 maps', 'float32 maps');
    return { ...wide, name, maps: { data, shape: wide.maps.shape } };
  });
}

const drawn = new Map<string, Trial['inputs']>();

function once(key: string, draw: () => Trial['inputs']): Trial['inputs'] {
  const batch = drawn.get(key) ?? draw();
  drawn.set(key, batch);
  return batch;
}
