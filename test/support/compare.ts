// Comparing arrays: the largest difference decides, and a failure says what it is and where.

/** The largest difference between two arrays, and where it is. */
export interface Difference {
  /** |actual − expected|; 0 where both are NaN or the same infinity, Infinity where only one is */
  readonly largest: number;
  /** its index; −1 for empty arrays */
  readonly index: number;
}

export function largestDifference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): Difference {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} values cannot be compared with ${expected.length}`);
  }
  let largest = 0;
  let index = actual.length === 0 ? -1 : 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    const same = Object.is(a, b) || a === b;
    const difference = same
      ? 0
      : Number.isFinite(a - b)
        ? Math.abs(a - b)
        : Number.POSITIVE_INFINITY;
    if (difference > largest) [largest, index] = [difference, i];
  }
  return { largest, index };
}

/** Holds every value within an absolute tolerance of the expected one. Returns the largest difference. */
export function expectClose(
  what: string,
  actual: number | ArrayLike<number>,
  expected: number | ArrayLike<number>,
  tolerance: number,
): number {
  const [a, b] = [asArray(actual), asArray(expected)];
  const { largest, index } = largestDifference(a, b);
  if (!(largest <= tolerance)) {
    throw new Error(
      `${what}: largest difference ${largest} at ${index} of ${a.length} ` +
        `(${a[index]}, expected ${b[index]}), allowed ${tolerance}`,
    );
  }
  return largest;
}

/** Holds arrays to be equal, bit for bit but for the sign of zero. */
export function expectSame(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  expectClose(what, actual, expected, 0);
}

/**
 * Holds a gradient [N, C, …] within `tolerance` times the size [N, C] of each map's gradient before its terms cancel.
 * Returns the largest ratio of the two.
 */
export function expectGradientClose(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  sizes: ArrayLike<number>,
  tolerance: number,
): number {
  const length = sizes.length === 0 ? 0 : expected.length / sizes.length;
  let worst = 0;
  for (let map = 0; map < sizes.length; map++) {
    const part = (of: ArrayLike<number>) => Array.from({ length }, (_, i) => of[map * length + i]!);
    const size = sizes[map]!;
    // NaN is expected where the size is NaN: then the whole map is.
    const allowed = Number.isNaN(size) ? 0 : tolerance * size;
    const largest = expectClose(`${what}, map ${map}`, part(actual), part(expected), allowed);
    if (largest > 0) worst = Math.max(worst, largest / size);
  }
  return worst;
}

/** The largest absolute value. */
export function largestOf(values: ArrayLike<number>): number {
  return largestDifference(values, new Float64Array(values.length)).largest;
}

function asArray(values: number | ArrayLike<number>): ArrayLike<number> {
  return typeof values === 'number' ? [values] : values;
}
