// For `import`: the very objects of the CommonJS build, so that both ways give the same classes.
export type * from './index.js';
export { isPSEError, libtorch, PSELoss } from './index.js';
