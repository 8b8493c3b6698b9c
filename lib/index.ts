// The public surface of pse-loss, and nothing else.

export type { Device } from './arguments/tensor';
export type { Diagnosis, Finding } from './diagnose/finding';
export { isPSEError, type PSEError, type PSEErrorCode } from './errors';
export type { Case, CaseInput, CaseOptions } from './files/case';
export { loadCase } from './files/load-case';
export { readNpy } from './files/npy';
export type { WriteSafetensorsOptions } from './files/safetensors-layout';
export {
  type ReadSafetensorsOptions,
  readSafetensors,
  type SafetensorsFile,
} from './files/safetensors-read';
export { safetensorsBytes, writeSafetensors } from './files/safetensors-write';
export { saveCase } from './files/save-case';
export type { FileSource, FileUrl } from './files/source';
export { type CompactLabelsOptions, compactLabels } from './labels/compact-labels';
export type {
  CompactInputs,
  FloatArray,
  LabelArray,
  LabelArrays,
  LabelInput,
  LabelInputs,
  MapArray,
  MapTensor,
} from './loss/arrays';
export type { CallOptions, PromisedCallOptions, SignalOptions } from './loss/call-options';
export { type DiceLossOptions, diceLoss, diceLossSync } from './loss/dice-loss';
export { type IouOptions, iou, iouSync } from './loss/iou';
export { type OhemBatchOptions, ohemBatch, ohemBatchSync } from './loss/ohem-batch';
export type {
  KernelSampleMask,
  PresetName,
  PSELossOptions,
  Reduction,
  ResolvedOptions,
  Upsample,
} from './loss/options';
export { presets } from './loss/presets';
export { PSELoss } from './loss/pse-loss';
export type {
  LossAndGrad,
  LossResult,
  LossTensors,
  LossTensorsAndGrad,
  LossValues,
} from './loss/results';
export { libtorch } from './native/libtorch/libtorch';
export type { LibTorchSource } from './native/libtorch/sources';
export { getNumThreads, setNumThreads } from './native/threads';
export { type AllocatedArray, allocate } from './tensor/allocate';
export type { CompactLabels, Labels } from './tensor/batch';
export type { AnyArray, DimsArray, DType, NdArray, TypedArray } from './tensor/nd-array';
export type { EmptyOptions, FromOptions, ToOptions } from './tensor/options';
export { scope } from './tensor/scope';
export { Tensor } from './tensor/tensor';
