// The ES module entry: the same functions, not a second copy of them.
export {
  type DType,
  type LabelPreset,
  type Labels,
  type MakeLabelsOptions,
  makeLabels,
  type NdArray,
  type ParseIcdarOptions,
  parseIcdar,
  type TextPolygon,
  type TypedArray,
} from './index.js';
