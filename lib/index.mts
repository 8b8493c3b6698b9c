// For `import`: the very objects of the CommonJS build, so that both ways give the same classes.
export type * from './index.js';
export {
  compactLabels,
  diceLoss,
  diceLossSync,
  iou,
  iouSync,
  isPSEError,
  libtorch,
  ohemBatch,
  ohemBatchSync,
  PSELoss,
  presets,
} from './index.js';
