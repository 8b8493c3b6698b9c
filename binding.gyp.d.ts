// The treaty between TypeScript and C++: every export of build/Release/pse_loss.node, and nothing else.
// Both sides are held to it by test/binding/treaty.test.ts. Arguments arrive checked (lib/arguments);
// the addon checks again only what memory safety needs.

/** Element types of tensors, in PyTorch's words. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'uint8'
  | 'int32'
  | 'int64'
  | 'bool';

/** A dense, row-major array in JavaScript memory. The addon reads or writes it in place, during the call only. */
export interface NativeArray {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  /** 'uint16' is for the counts of compact labels only. */
  readonly dtype: DType | 'uint16';
}

/** Labels as pixels. */
export interface NativePixelBatch {
  /** [N, C, h, w] */
  readonly maps: NativeArray;
  /** [N, H, W] */
  readonly gtTexts: NativeArray;
  /** [N, Kg, H, W] */
  readonly gtKernels: NativeArray;
  /** [N, H, W] */
  readonly trainingMasks: NativeArray;
}

/** Labels as counts. */
export interface NativeCompactBatch {
  readonly maps: NativeArray;
  /** uint8 or uint16 [N, 3 + 2Kg, h, w] */
  readonly counts: NativeArray;
  /** s */
  readonly scale: number;
}

export type NativeBatch = NativePixelBatch | NativeCompactBatch;

/** Every option, spelled out: the addon has no defaults. */
export interface NativeLossOptions {
  readonly alpha: number;
  readonly kernelWeight: number;
  readonly ohemRatio: number;
  readonly kernelSampleMask: 'pred' | 'gt' | 'union';
  /** A text logit above it is predicted text; 'sigmoid-half' depends on the dtype of `maps`. */
  readonly textThreshold: number | 'sigmoid-half';
  readonly reduction: 'none' | 'mean' | 'sum';
  readonly eps: number;
  readonly epsInNumerator: boolean;
  readonly binarizeLabels: boolean;
  readonly fallbackMask: 'value' | 'nonzero';
  readonly kernelTrainingMask: 'value' | 'above-half';
  readonly upsample: 'nearest' | 'bilinear' | 'none';
  readonly alignCorners: boolean;
  readonly negativePool: 'all' | 'valid';
  readonly emptyImages: 'include' | 'skip';
  /** Multiplies the gradient before it is rounded to its dtype. */
  readonly gradScale: number;
}

/**
 * Where the results go. float64 for float64 maps, else float32; `selectedMask` is float32, `grad` of the dtype of the
 * maps or float32. Written together, at the end, or not at all.
 */
export interface NativeLossResults {
  /** loss, lossText, lossKernels, iouText, iouKernel: [5, N] */
  readonly perImage: NativeArray;
  /** the same five, reduced: [5] for 'mean' and 'sum', [5, N] for 'none' */
  readonly reduced: NativeArray;
  /** [N, K] */
  readonly lossPerKernel: NativeArray;
  /** [N, H, W] or absent */
  readonly selectedMask?: NativeArray;
  /** the gradient of the reduced loss ('none': of the sum) with respect to maps, [N, C, h, w], or absent */
  readonly grad?: NativeArray;
}

/** What the two dice losses received: float32 [N, H, W]; of compact labels how many pixels of each block, [N, h, w]. */
export interface NativeLossMasks {
  readonly selectedMask: NativeArray;
  readonly kernelMask: NativeArray;
}

/** What to open. Paths are absolute. */
export interface OpenRequest {
  /** the folder that holds libtorch_cpu.so */
  readonly directory: string;
  /** libpse_ops-<minor>.so, built for the minor of that LibTorch */
  readonly operators: string;
  /** libpse_cuda-<minor>-cu13.so, where one was built; opened only with a CUDA LibTorch and a driver */
  readonly cudaOperators?: string;
  /** false: never touch CUDA (PSE_DEVICE=cpu) */
  readonly cuda: boolean;
}

/** What was opened. */
export interface OpenReport {
  /** of the LibTorch in the process, as it says itself: '2.13.0' */
  readonly version: string;
  /** the folder of the libtorch_cpu.so in the process */
  readonly directory: string;
  /** the operator library in use: ours, or that of another copy of this package */
  readonly operators: string;
  /** true if another copy of this package had loaded the operator library already */
  readonly shared: boolean;
  readonly cuda: boolean;
}

export interface Addon {
  /** the version of the treaty native/pse.h that this addon speaks */
  readonly apiVersion: number;
  /** the folder of a libtorch_cpu.so that is in the process already, or undefined */
  loadedLibTorch(): string | undefined;
  /** Opens LibTorch and the operators on a thread of its own. A second call answers what the first opened. */
  open(request: OpenRequest): Promise<OpenReport>;
  /** The same on the calling thread. */
  openSync(request: OpenRequest): OpenReport;
  /** The loss, and with `results.grad` its gradient. This and all that follows need an open LibTorch. */
  lossSync(batch: NativeBatch, options: NativeLossOptions, results: NativeLossResults): void;
  lossMasksSync(batch: NativeBatch, options: NativeLossOptions, results: NativeLossMasks): void;
  /** Logits, target and mask, all [N, …]; the result [N] is float64 for float64 input, else float32. */
  diceLossSync(
    input: NativeArray,
    target: NativeArray,
    mask: NativeArray,
    options: { readonly eps: number; readonly epsInNumerator: boolean },
    result: NativeArray,
  ): void;
  /** All [N, H, W]; the result is float32. */
  ohemBatchSync(
    scores: NativeArray,
    gtTexts: NativeArray,
    trainingMasks: NativeArray,
    options: {
      readonly ohemRatio: number;
      readonly negativePool: 'all' | 'valid';
      readonly fallbackMask: 'value' | 'nonzero';
    },
    result: NativeArray,
  ): void;
  /** All [N, …]; the result is [N] or, averaged, []: float64 for float64 `a`, else float32. */
  iouSync(
    a: NativeArray,
    b: NativeArray,
    mask: NativeArray,
    nClass: number,
    result: NativeArray,
  ): void;
}
