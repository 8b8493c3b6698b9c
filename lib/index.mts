// For `import`: the very objects of the CommonJS build, so that both ways give the same classes.
export type * from './index.js';
export {
  compactLabels,
  diceLoss,
  diceLossSync,
  getNumThreads,
  iou,
  iouSync,
  isPSEError,
  libtorch,
  ohemBatch,
  ohemBatchSync,
  PSELoss,
  presets,
  scope,
  setNumThreads,
  Tensor,
} from './index.js';
