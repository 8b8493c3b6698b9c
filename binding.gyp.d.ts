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

/**
 * A dense, row-major array in JavaScript memory. A call that is not queued reads and writes it in place. One that is
 * queued writes it in place too, so that it has to be an array that nobody else has, or shared; it reads shared memory in
 * place and a copy of plain memory.
 */
export interface NativeArray {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  /** 'uint16' is for the counts of compact labels only. */
  readonly dtype: DType | 'uint16';
}

declare const tensor: unique symbol;

/**
 * The handle of a tensor that the addon holds: an External. It may be empty while the call that makes it waits; whoever
 * uses it comes after that call, and fails as it fails.
 */
export interface NativeTensor {
  readonly [tensor]: true;
}

/** What a call reads. */
export type NativeInput = NativeArray | NativeTensor;

/** A device by number: −1 is the CPU, 0 and up are CUDA's. */
export type NativeDevice = number;

/** Called on the JavaScript thread when a queued call has run, with what it failed with. It must not throw. */
export type Settle = (error?: Error) => void;

/**
 * How a call runs. Nothing: now, on this thread or in its turn on the native one, while this thread waits; it throws. A
 * function: in the queue, and the function is called at its end; the call answers a ticket. null: in the queue, and
 * what becomes of it is seen in the tensors that it makes.
 */
export type How = Settle | null | undefined;
export type Ticket = number | undefined;

/** Elements of the largest tensor that a call makes: a small call need not wait for the native thread. */
export interface NativeSize {
  readonly largest: number;
}

/** Labels as pixels. */
export interface NativePixelBatch extends NativeSize {
  /** [N, C, h, w] */
  readonly maps: NativeInput;
  /** [N, H, W] */
  readonly gtTexts: NativeInput;
  /** [N, Kg, H, W] */
  readonly gtKernels: NativeInput;
  /** [N, H, W] */
  readonly trainingMasks: NativeInput;
}

/** Labels as counts. */
export interface NativeCompactBatch extends NativeSize {
  readonly maps: NativeInput;
  /** uint8 or uint16 [N, 3 + 2Kg, h, w] */
  readonly counts: NativeInput;
  /** s */
  readonly scale: number;
}

export type NativeBatch = NativePixelBatch | NativeCompactBatch;

/** Every option, spelled out: the addon has no defaults. An object is read once, and has to stay as it is. */
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

/** Five tensors of a loss. */
export interface NativeLossValues {
  readonly loss: NativeTensor;
  readonly lossText: NativeTensor;
  readonly lossKernels: NativeTensor;
  readonly iouText: NativeTensor;
  readonly iouKernel: NativeTensor;
}

/**
 * The tensors that a loss makes: those whose empty handles are given. Where maps require a gradient, and `grad` is not
 * asked for, `loss`, `lossText` and `lossKernels` have a graph.
 */
export interface NativeLossTensors {
  /** 0-d; not for the reduction 'none' */
  readonly reduced?: NativeLossValues;
  /** [N] each */
  readonly perImage?: NativeLossValues;
  /** [N, K] */
  readonly lossPerKernel?: NativeTensor;
  /** [N, H, W] */
  readonly selectedMask?: NativeTensor;
  /** [N, C, h, w] */
  readonly grad?: NativeTensor;
  /** its dtype; read in any case */
  readonly gradDtype: DType;
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
  /** Takes a queued call out of the queue; false if it runs or has run. It is not settled then. */
  cancel(ticket: number): boolean;
  /** Threads for the calls that begin from now on; 0, as it is at first, leaves it to LibTorch. */
  setThreads(count: number): void;
  threads(): number;
  queueState(): QueueState;
  /** Gives memory back that was kept for the next copies. */
  trim(): void;

  // All that follow need an open LibTorch.

  /** An empty handle of `bytes`, for a call to put a tensor in. */
  newTensor(bytes: number): NativeTensor;
  /** Gives a handle back, and the tensor when no call uses it any more. */
  releaseTensor(tensor: NativeTensor): void;
  /** The same for all handles that the collector has found to be unreachable, ahead of their finalizers. */
  releaseUnreachable(): void;
  /** A tensor of the elements of an array, converted to a dtype; copied at once. */
  tensorFrom(
    data: NativeArray,
    options: { readonly dtype: DType; readonly requiresGrad: boolean; readonly bytes: number },
  ): NativeTensor;
  tensorEmpty(options: {
    readonly shape: readonly number[];
    readonly dtype: DType;
    readonly device: NativeDevice;
    readonly pinned: boolean;
    readonly bytes: number;
  }): NativeTensor;
  /** Copies the elements into a dense array of the same dtype; those of bool into uint8. */
  readTensor(tensor: NativeTensor, result: NativeArray, how?: How): Ticket;
  convertTensor(
    tensor: NativeTensor,
    result: NativeTensor,
    to: { readonly device: NativeDevice; readonly dtype: DType; readonly nonBlocking: boolean },
    how?: How,
  ): Ticket;
  detachTensor(tensor: NativeTensor, result: NativeTensor, how?: How): Ticket;
  /** Dense, whatever the strides were. */
  cloneTensor(tensor: NativeTensor, result: NativeTensor, how?: How): Ticket;
  /** Does nothing, after the call that makes the tensor: fails as that did. */
  waitFor(tensor: NativeTensor, how?: How): Ticket;
  /** Adds the gradient of a tensor to its leaves, and puts what they have then into the handles. */
  backward(
    tensor: NativeTensor,
    leaves: readonly { readonly leaf: NativeTensor; readonly grad: NativeTensor }[],
    options: NativeSize & { readonly gradOutput?: NativeTensor },
    how?: How,
  ): Ticket;
  clearGrad(leaf: NativeTensor, how?: How): Ticket;
  /** An External with the type tag of docs/dlpack.md. */
  toDLPack(tensor: NativeTensor): object;
  fromDLPack(external: object): DLPackTensor;

  /** The loss, and with `results.grad` its gradient. */
  loss(
    batch: NativeBatch,
    options: NativeLossOptions,
    results: NativeLossResults,
    how?: How,
  ): Ticket;
  /** The same as tensors. */
  lossTensors(
    batch: NativeBatch,
    options: NativeLossOptions,
    results: NativeLossTensors,
    how?: How,
  ): Ticket;
  lossMasks(
    batch: NativeBatch,
    options: NativeLossOptions,
    results: NativeLossMasks,
    how?: How,
  ): Ticket;
  /** Logits, target and mask, all [N, …]; the result [N] is float64 for float64 input, else float32. */
  diceLoss(
    input: NativeInput,
    target: NativeInput,
    mask: NativeInput,
    options: NativeSize & { readonly eps: number; readonly epsInNumerator: boolean },
    result: NativeInput,
    how?: How,
  ): Ticket;
  /** All [N, H, W]; the result is float32. */
  ohemBatch(
    scores: NativeInput,
    gtTexts: NativeInput,
    trainingMasks: NativeInput,
    options: NativeSize & {
      readonly ohemRatio: number;
      readonly negativePool: 'all' | 'valid';
      readonly fallbackMask: 'value' | 'nonzero';
    },
    result: NativeInput,
    how?: How,
  ): Ticket;
  /** All [N, …]; the result is [N] or, as their mean, []: float64 for float64 `a`, else float32. */
  iou(
    a: NativeInput,
    b: NativeInput,
    mask: NativeInput,
    options: NativeSize & { readonly nClass: number; readonly mean: boolean },
    result: NativeInput,
    how?: How,
  ): Ticket;
}

/** What the queue has done, and what it has before it; of all environments of the process. */
export interface QueueState {
  /** calls */
  readonly ran: number;
  readonly waiting: number;
  /** spent in the calls that ran */
  readonly nanoseconds: number;
  /** in use for copies of arguments, and kept for the next */
  readonly stagedBytes: number;
  readonly keptBytes: number;
}

/** A tensor that came from elsewhere. */
export interface DLPackTensor {
  readonly tensor: NativeTensor;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: DType | 'uint16';
  readonly device: NativeDevice;
}
