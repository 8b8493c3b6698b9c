// The cases of test/fixtures/golden: the index, and the arrays of a case.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { presets } from '../reference/presets';
import type { PresetName, ReferenceOptions, Targets } from '../reference/pse-loss';
import { GOLDEN_EXCEPTIONS } from './golden-exceptions';
import { type NpyArray, type NpyData, readNpz } from './npz';

/** Where the files lie. */
export const GOLDEN = join(__dirname, '../fixtures/golden');

/** What index.json says of a case. */
interface IndexCase {
  /** relative to the folder */
  readonly file: string;
  readonly preset: PresetName;
  readonly case: string;
  readonly meaning: string;
  /** float32 and float64 rightly differ */
  readonly precision_dependent?: true;
  /** upsampling rounds; the masks do not depend on it */
  readonly rounding_maps?: true;
  /** per image */
  readonly ohem: readonly {
    readonly positives: number;
    readonly negatives: number;
    readonly quota: number;
    readonly selected: number;
    /** absent where OHEM falls back to the training mask */
    readonly threshold?: number | null;
  }[];
}

type CaseOptions = Omit<ReferenceOptions, 'preset'> & { readonly alpha: number };

export interface GoldenCase extends IndexCase {
  /** All that the numbers were made with: those of the preset, those of the case, those of an exception. */
  readonly options: CaseOptions;
}

/** What upstream's own code made of a case, in one precision. */
export interface GoldenResults<
  T extends Float32Array | Float64Array = Float32Array | Float64Array,
> {
  /** [N] each; the parts are not weighted, whether upstream weights them or not */
  readonly loss: T;
  readonly lossText: T;
  readonly lossKernels: T;
  /** of PaddleOCR and of PSENet's python3; the others have no IoUs */
  readonly iouText?: T;
  readonly iouKernel?: T;
  /** `loss` under the reduction; what `grad` is the gradient of */
  readonly total: number;
  readonly grad: T;
  readonly selectedMask: NpyData;
  readonly kernelMask: NpyData;
}

export interface Golden {
  readonly maps: NpyArray<Float32Array | Float64Array>;
  readonly labels: {
    readonly [name in keyof Targets]: NpyArray<Float32Array | Uint8Array>;
  };
  readonly float64: GoldenResults<Float64Array>;
  readonly float32: GoldenResults<Float32Array>;
}

const INDEX = JSON.parse(readFileSync(join(GOLDEN, 'index.json'), 'utf8')) as {
  readonly cases: readonly (IndexCase & { readonly options: CaseOptions })[];
};

const CASES = INDEX.cases.map((each): GoldenCase => {
  const exception = GOLDEN_EXCEPTIONS[`${each.preset}/${each.case}`]?.options;
  return { ...each, options: { ...presets[each.preset], ...each.options, ...exception } };
});

/** The cases of some presets, or of all. */
export function goldenCases(...names: readonly PresetName[]): readonly GoldenCase[] {
  return names.length === 0 ? CASES : CASES.filter(({ preset }) => names.includes(preset));
}

/** The presets whose upstream reports 0.7 · loss_text and 0.3 · loss_kernels, the weights inside. */
const WEIGHTED: readonly PresetName[] = ['psenet', 'mmocr', 'mmocr-0.x'];

/** The arrays of a case. */
export function loadGolden({ file, preset, options: { alpha } }: GoldenCase): Golden {
  const arrays = readNpz(join(GOLDEN, file));
  const array = <T extends NpyData>(name: string): NpyArray<T> => {
    const found = arrays[name];
    if (found === undefined) throw new Error(`${file} holds no ${name}`);
    return found as NpyArray<T>;
  };
  const part = <T extends Float32Array | Float64Array>(name: string, weight: number): T => {
    const { data } = array<T>(name);
    return WEIGHTED.includes(preset) ? (data.map((value) => value / weight) as T) : data;
  };
  const results = <T extends Float32Array | Float64Array>(suffix: string): GoldenResults<T> => ({
    loss: array<T>(`loss_${suffix}`).data,
    lossText: part(`loss_text_${suffix}`, alpha),
    lossKernels: part(`loss_kernels_${suffix}`, 1 - alpha),
    ...(`iou_text_${suffix}` in arrays && {
      iouText: array<T>(`iou_text_${suffix}`).data,
      iouKernel: array<T>(`iou_kernel_${suffix}`).data,
    }),
    total: array<T>(`total_${suffix}`).data[0]!,
    grad: array<T>(`grad_${suffix}`).data,
    selectedMask: array(`selected_mask_${suffix}`).data,
    kernelMask: array(`kernel_mask_${suffix}`).data,
  });
  return {
    maps: array('maps'),
    labels: {
      gtTexts: array('gt_texts'),
      gtKernels: array('gt_kernels'),
      trainingMasks: array('training_masks'),
    },
    float64: results('f64'),
    float32: results('f32'),
  };
}
