// A batch and all that a loss of it depends on, in one safetensors file: what it holds, and by which names.
import type { DTypeToArray } from '../arguments/dtype';
import type { LabelDType } from '../arguments/labels';
import { MAP_AXES, MAP_DTYPES, type MapDType } from '../arguments/maps';
import type { CompactLabels, Labels } from '../tensor/batch';
import type { AnyArray, NdArray } from '../tensor/nd-array';

/** What maps come in. */
export type MapData = DTypeToArray[MapDType];
/** What labels come in. */
export type LabelData = DTypeToArray[LabelDType];

/** A batch that {@link saveCase} writes. */
export interface CaseInput {
  /** float32, float64, float16 or bfloat16 [N, C, h, w], logits */
  readonly maps: AnyArray<MapData>;
  /** `gtTexts` [N, H, W], `gtKernels` [N, Kg, H, W], `trainingMasks` [N, H, W]; or what `compactLabels` made of them */
  readonly labels: Labels<AnyArray<LabelData>> | CompactLabels;
  /** of the loss, as they were given to `PSELoss` or as a loss holds them; @default none */
  readonly options?: object | undefined;
  /** what is wrong with it; @default none */
  readonly note?: string | undefined;
}

/** What is known of the options of a case before a loss reads them. */
export interface CaseOptions {
  readonly reduction?: 'none' | 'mean' | 'sum' | undefined;
}

/** A batch that {@link loadCase} read. */
export interface Case<O extends object = CaseOptions> {
  readonly maps: NdArray<MapData>;
  readonly labels: Labels<NdArray<LabelData>> | CompactLabels;
  /** `{}` where the file says nothing of them */
  readonly options: O;
  /** undefined where the file has none */
  readonly note: string | undefined;
}

export const MAPS = { dtypes: MAP_DTYPES, axes: MAP_AXES } as const;

/** The labels' names in the file, which are Python's. */
export const NAME_IN_FILE = {
  gtTexts: 'gt_texts',
  gtKernels: 'gt_kernels',
  trainingMasks: 'training_masks',
} as const;

/** Keys of the metadata. */
export const KEYS = {
  version: 'pse_loss.version',
  options: 'pse_loss.options',
  /** of compact labels: `{ scale, kernels, binarizeLabels, version }` */
  compact: 'pse_loss.compact_labels',
  note: 'pse_loss.note',
} as const;
