// The gradient of anything, by central differences.

/**
 * d f / d x[i] for each asked index, by (f(x + step) − f(x − step)) / 2·step.
 * `at` is left as it was. `f` must be smooth around `at`: no logit within `step` of a threshold or of another logit.
 */
export function finiteDifferences(
  f: (x: Float64Array) => number,
  at: Float64Array,
  indices: readonly number[],
  step = 1e-5,
): number[] {
  return indices.map((index) => {
    const moved = (by: number) => {
      const x = at.slice();
      x[index]! += by;
      return f(x);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}
