// The public surface of pse-loss, and nothing else.
export { isPSEError, type PSEError, type PSEErrorCode } from './errors';
export type { KernelSampleMask, PSELossOptions, Reduction, ResolvedOptions } from './loss/options';
export { type LabelArrays, PSELoss } from './loss/pse-loss';
export type { FloatArray, LossAndGrad, LossResult, LossValues } from './loss/results';
export { libtorch } from './native/libtorch/libtorch';
export type { LibTorchSource } from './native/libtorch/sources';
export type { Labels } from './tensor/batch';
export type { DType, NdArray, TypedArray } from './tensor/nd-array';
