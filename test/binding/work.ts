/** Source that every child of this room begins with: `work(n)` computes the loss of n images of 320 × 320, which takes a while. */
export const WORK = `
  const { PSELoss } = require('pse-loss');
  const array = (type, ...shape) => ({ data: new type(shape.reduce((a, b) => a * b, 1)).fill(1), shape });
  const work = (images, size = 320) => new PSELoss().valueAndGradSync(array(Float32Array, images, 7, size / 4, size / 4), {
    gtTexts: array(Uint8Array, images, size, size),
    gtKernels: array(Uint8Array, images, 6, size, size),
    trainingMasks: array(Uint8Array, images, size, size),
  });
`;
