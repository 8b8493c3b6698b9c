// Strides of dense tensors.

/** The strides of row-major order; an axis of size 0 counts as 1, as LibTorch has it. */
export function denseStrides(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= Math.max(shape[axis] as number, 1);
  }
  return strides;
}
