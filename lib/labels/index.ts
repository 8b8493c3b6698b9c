// `pse-loss/labels`: from text polygons to the targets of the loss. Re-exports only.

export type { Labels } from '../tensor/batch';
export type { DType, NdArray, TypedArray } from '../tensor/nd-array';
export { type ParseIcdarOptions, parseIcdar } from './icdar';
export { type MakeLabelsOptions, makeLabels } from './make-labels';
export type { LabelPreset } from './rules';
export type { TextPolygon } from './texts';
