// A batch on its way down: maps and labels checked, each by itself and together, and as the addon takes them.
import type { NativeBatch } from '../../binding.gyp';
import { type ArrayArgument, checkElements, readArray } from '../arguments/array';
import {
  type CompactArgument,
  checkCompact,
  checkCompactElements,
  isCompact,
  readCompactLabels,
} from '../arguments/compact';
import {
  checkLabelElements,
  LABEL_AXES,
  type LabelArguments,
  readLabels,
} from '../arguments/labels';
import { type BatchShape, checkBatch } from '../arguments/shape';
import { checkValues } from '../arguments/values';
import type { Reduction, ResolvedOptions } from './options';

/** What maps may come in. */
export const MAP_DTYPES = ['float32', 'float64', 'float16', 'bfloat16'] as const;
export type MapDType = (typeof MAP_DTYPES)[number];

const MAP_AXES = ['N', 'C', 'h', 'w'] as const;

/** A batch that was checked. */
export interface ReadBatch {
  readonly maps: ArrayArgument<MapDType>;
  readonly labels: LabelArguments | CompactArgument;
  readonly shape: Pick<BatchShape, 'images' | 'kernels' | 'height' | 'width'>;
  readonly native: NativeBatch;
  /** Throws if an array has lost its elements: to be asked once more after the last getter of the user's has run. */
  checkElements(): void;
}

/** Takes maps and labels for a loss with these options, or throws an error of the user's. */
export function readBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  givenMaps: unknown,
  givenLabels: unknown,
): ReadBatch {
  const maps = readArray(call, 'maps', givenMaps, { dtypes: MAP_DTYPES, axes: MAP_AXES });
  const batch = isCompact(givenLabels)
    ? readCompactBatch(call, options, maps, givenLabels)
    : readPixelBatch(call, options, maps, givenLabels);
  batch.checkElements();
  if (options.checkValues) checkBatchValues(call, options, batch);
  return batch;
}

function readPixelBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  maps: ArrayArgument<MapDType>,
  givenLabels: unknown,
): ReadBatch {
  const labels = readLabels(call, givenLabels);
  checkElements(call, 'maps', maps);
  const shape = checkBatch(call, { maps, ...labels }, options);
  return {
    maps,
    labels,
    shape,
    native: { maps, ...labels },
    checkElements: () => {
      checkElements(call, 'maps', maps);
      checkLabelElements(call, labels);
    },
  };
}

function readCompactBatch(
  call: string,
  options: ResolvedOptions<Reduction>,
  maps: ArrayArgument<MapDType>,
  givenLabels: unknown,
): ReadBatch {
  const labels = readCompactLabels(call, 'labels', givenLabels);
  checkElements(call, 'maps', maps);
  const shape = checkCompact(call, maps, labels, options);
  return {
    maps,
    labels,
    shape,
    native: { maps, counts: labels.counts, scale: labels.scale },
    checkElements: () => {
      checkElements(call, 'maps', maps);
      checkCompactElements(call, 'labels', labels);
    },
  };
}

function checkBatchValues(
  call: string,
  { binarizeLabels }: ResolvedOptions<Reduction>,
  { maps, labels }: ReadBatch,
): void {
  checkValues(call, 'maps', maps, MAP_AXES, { unit: false });
  // Of counts there is nothing to look for: compactLabels has looked.
  if ('counts' in labels) return;
  const target = { unit: !binarizeLabels, binarizable: true };
  for (const name of ['gtTexts', 'gtKernels'] as const) {
    checkValues(call, `labels.${name}`, labels[name], LABEL_AXES[name], target);
  }
  checkValues(call, 'labels.trainingMasks', labels.trainingMasks, LABEL_AXES.trainingMasks, {
    unit: true,
  });
}
