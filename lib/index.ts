// The public surface of pse-loss, and nothing else.
export type { Diagnosis, Finding } from './diagnose/finding';
export { isPSEError, type PSEError, type PSEErrorCode } from './errors';
export { type CompactLabelsOptions, compactLabels } from './labels/compact-labels';
export type { FloatArray, LabelArray, LabelArrays, MapArray } from './loss/arrays';
export type { CallOptions } from './loss/call-options';
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
export type { LossAndGrad, LossResult, LossValues } from './loss/results';
export { libtorch } from './native/libtorch/libtorch';
export type { LibTorchSource } from './native/libtorch/sources';
export type { CompactLabels, Labels } from './tensor/batch';
export type { AnyArray, DimsArray, DType, NdArray, TypedArray } from './tensor/nd-array';
