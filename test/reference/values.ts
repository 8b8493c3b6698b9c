// Arrays as the oracle takes and gives them.

/** Elements and a shape. */
export interface Values<T extends ArrayLike<number> = ArrayLike<number>> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** A plane of height × width values, row by row. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Logits [N, 1 + K, h, w]. Their precision decides how they are interpolated and what 'sigmoid-half' means. */
export type Maps = Values<Float32Array | Float64Array>;

/** Targets of a batch. */
export interface Targets {
  /** [N, H, W] */
  readonly gtTexts: Values;
  /** [N, Kg, H, W], Kg >= K */
  readonly gtKernels: Values;
  /** [N, H, W] */
  readonly trainingMasks: Values;
}

/** One plane of an [N, H, W] or [N, C, H, W] array, in double. */
export function plane({ data, shape }: Values, image: number, channel = 0): Float64Array {
  const channels = shape.length === 4 ? shape[1]! : 1;
  const length = shape.at(-2)! * shape.at(-1)!;
  const start = (image * channels + channel) * length;
  return Float64Array.from({ length }, (_, p) => data[start + p]!);
}

export function concat(
  parts: readonly ArrayLike<number>[],
  shape: readonly number[],
): Values<Float64Array> {
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  let start = 0;
  for (const part of parts) {
    data.set(part, start);
    start += part.length;
  }
  return { data, shape };
}

export function scaled({ data, shape }: Values<Float64Array>, factor: number) {
  return { data: data.map((value) => value * factor), shape };
}
