// The cases of test/fixtures/golden: the index, and the arrays of a case.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NpyArray, type NpyData, readNpz } from './npz';

/** Where the files lie. */
export const GOLDEN = join(__dirname, '../fixtures/golden');

/** One line of index.json. */
export interface GoldenCase {
  /** relative to the folder */
  readonly file: string;
  readonly preset: 'paddleocr' | 'paddleocr-2.4';
  readonly case: string;
  readonly meaning: string;
  readonly options: {
    readonly alpha: number;
    readonly ohemRatio: number;
    readonly kernelSampleMask: 'pred' | 'gt';
    readonly reduction: 'none' | 'mean' | 'sum';
    readonly eps: number;
  };
  /** float32 and float64 rightly differ */
  readonly precision_dependent?: true;
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

/** What upstream's own code made of a case, in one precision. */
export interface GoldenResults<T extends Float32Array | Float64Array> {
  /** [N] each */
  readonly loss: T;
  readonly lossText: T;
  readonly lossKernels: T;
  readonly iouText: T;
  readonly iouKernel: T;
  /** `loss` under the reduction; what `grad` is the gradient of */
  readonly total: number;
  readonly grad: T;
  readonly selectedMask: NpyData;
  readonly kernelMask: NpyData;
}

export interface Golden {
  readonly maps: NpyArray<Float32Array | Float64Array>;
  readonly labels: {
    readonly gtTexts: NpyArray<Float32Array | Uint8Array>;
    readonly gtKernels: NpyArray<Float32Array | Uint8Array>;
    readonly trainingMasks: NpyArray<Float32Array | Uint8Array>;
  };
  readonly float64: GoldenResults<Float64Array>;
  readonly float32: GoldenResults<Float32Array>;
}

/** Every case of the index. */
export const goldenCases = (
  JSON.parse(readFileSync(join(GOLDEN, 'index.json'), 'utf8')) as { cases: readonly GoldenCase[] }
).cases;

/** The arrays of a case. */
export function loadGolden({ file }: GoldenCase): Golden {
  const arrays = readNpz(join(GOLDEN, file));
  const array = <T extends NpyData>(name: string): NpyArray<T> => {
    const found = arrays[name];
    if (found === undefined) throw new Error(`${file} holds no ${name}`);
    return found as NpyArray<T>;
  };
  const results = <T extends Float32Array | Float64Array>(suffix: string): GoldenResults<T> => ({
    loss: array<T>(`loss_${suffix}`).data,
    lossText: array<T>(`loss_text_${suffix}`).data,
    lossKernels: array<T>(`loss_kernels_${suffix}`).data,
    iouText: array<T>(`iou_text_${suffix}`).data,
    iouKernel: array<T>(`iou_kernel_${suffix}`).data,
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
