// For `import`: the very functions of the CommonJS build, not a second copy of them.
export type * from './index.js';
export { makeLabels, parseIcdar } from './index.js';
