// A batch on its way down: maps and labels checked, each by itself and together, and as the addon takes them.
import type { NativeArray, NativeBatch, NativeInput } from '../../binding.gyp';
import type { ArrayArgument, Sized } from '../arguments/array';
import {
  type CompactArgument,
  checkCompact,
  checkCompactElements,
  isCompact,
  readCompactLabels,
} from '../arguments/compact';
import { countOf, type ElementType, viewOf } from '../arguments/dtype';
import {
  checkLabelElements,
  LABEL_AXES,
  type LabelInputs,
  readLabelInputs,
} from '../arguments/labels';
import { MAP_AXES, MAP_DTYPES, type MapDType } from '../arguments/maps';
import { type BatchShape, checkBatch } from '../arguments/shape';
import {
  checkDevices,
  checkInputElements,
  type InputArgument,
  isTensorArgument,
  readInput,
} from '../arguments/tensor';
import { checkValues } from '../arguments/values';
import type { Reduction, ResolvedOptions } from './options';

/** A batch that was checked. */
export interface ReadBatch {
  readonly maps: InputArgument<MapDType>;
  readonly labels: LabelInputs | CompactArgument;
  readonly shape: Pick<BatchShape, 'images' | 'kernels' | 'height' | 'width'>;
  readonly native: NativeBatch;
  /** Throws if an array has lost its elements: to be asked once more after the last getter of the user's has run. */
  checkElements(): void;
}

/** Any of its arrays or tensors, by the name that a message gives it. */
export type NamedInputs = readonly (readonly [string, InputArgument<ElementType>])[];

/** Takes maps and labels for a loss with these options, or throws an error of the user's. */
export function readBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  givenMaps: unknown,
  givenLabels: unknown,
): ReadBatch {
  const maps = readInput(call, 'maps', givenMaps, { dtypes: MAP_DTYPES, axes: MAP_AXES });
  const batch = isCompact(givenLabels)
    ? readCompactBatch(call, options, maps, givenLabels)
    : readPixelBatch(call, options, maps, givenLabels);
  batch.checkElements();
  checkDevices(call, inputsOf(batch));
  if (options.checkValues) checkBatchValues(call, options, inputsOf(batch).filter(isArray));
  return batch;
}

function readPixelBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  maps: InputArgument<MapDType>,
  givenLabels: unknown,
): ReadBatch {
  const labels = readLabelInputs(call, givenLabels);
  checkInputElements(call, 'maps', maps);
  const shape = checkBatch(call, { maps, ...labels }, options);
  return {
    maps,
    labels,
    shape,
    native: {
      largest: largestOf(maps, shape),
      maps: toNative(maps),
      gtTexts: toNative(labels.gtTexts),
      gtKernels: toNative(labels.gtKernels),
      trainingMasks: toNative(labels.trainingMasks),
    },
    checkElements: () => {
      checkInputElements(call, 'maps', maps);
      checkLabelElements(call, labels);
    },
  };
}

function readCompactBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  maps: InputArgument<MapDType>,
  givenLabels: unknown,
): ReadBatch {
  const labels = readCompactLabels(call, 'labels', givenLabels);
  checkInputElements(call, 'maps', maps);
  const shape = checkCompact(call, maps, labels, options);
  return {
    maps,
    labels,
    shape,
    native: {
      largest: largestOf(maps, shape),
      maps: toNative(maps),
      counts: toNative(labels.counts),
      scale: labels.scale,
    },
    checkElements: () => {
      checkInputElements(call, 'maps', maps);
      checkCompactElements(call, 'labels', labels);
    },
  };
}

/** Elements of maps at the resolution of the labels. */
function largestOf({ shape }: Sized, { height, width }: BatchShape): number {
  const [images = 0, channels = 0] = shape;
  return images * channels * height * width;
}

/** As the addon takes it. */
export function toNative(input: InputArgument<ElementType>): NativeInput {
  return isTensorArgument(input) ? input.native : (input as NativeArray);
}

/** Copies of what lies in plain memory: for a call that is queued later than it is made. */
export function keepInputs<B extends object>(native: B): B {
  return Object.fromEntries(
    Object.entries(native).map(([name, input]) => [name, keepInput(input)]),
  ) as B;
}

/** The same of one. */
export function keepInput<T>(input: T): T {
  if (typeof input !== 'object' || input === null || !('data' in input)) return input;
  const { data, dtype, shape } = input as unknown as NativeArray;
  // As many as were checked: a view that follows a growable buffer may have more by now.
  return { ...input, data: viewOf(dtype, data, 0, countOf(shape)).slice() };
}

/** All of a batch. */
export function inputsOf({ maps, labels }: Pick<ReadBatch, 'maps' | 'labels'>): NamedInputs {
  if ('counts' in labels) {
    return [
      ['maps', maps],
      ['labels.counts', labels.counts],
    ];
  }
  return [
    ['maps', maps],
    ['labels.gtTexts', labels.gtTexts],
    ['labels.gtKernels', labels.gtKernels],
    ['labels.trainingMasks', labels.trainingMasks],
  ];
}

type NamedArray = readonly [string, ArrayArgument<ElementType>];

function isArray(named: NamedInputs[number]): named is NamedArray {
  return !isTensorArgument(named[1]);
}

/** Of counts there is nothing to look for: compactLabels has looked. */
const AXES: { readonly [name: string]: readonly string[] | undefined } = {
  maps: MAP_AXES,
  'labels.gtTexts': LABEL_AXES.gtTexts,
  'labels.gtKernels': LABEL_AXES.gtKernels,
  'labels.trainingMasks': LABEL_AXES.trainingMasks,
};

/** What `checkValues` refuses, in these arrays. */
export function checkBatchValues(
  call: string,
  { binarizeLabels }: Pick<ResolvedOptions<Reduction>, 'binarizeLabels'>,
  arrays: readonly NamedArray[],
): void {
  for (const [name, array] of arrays) {
    const axes = AXES[name];
    const isMask = name === 'labels.trainingMasks';
    const isTarget = name !== 'maps' && !isMask;
    if (axes === undefined) continue;
    checkValues(call, name, array as ArrayArgument, axes, {
      unit: isMask || (isTarget && !binarizeLabels),
      ...(isTarget && { binarizable: true }),
    });
  }
}
