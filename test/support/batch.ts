// Seeded random batches, in every dtype that the loss takes.
// Built in JavaScript from whole and rounded operations only (no sine, no logarithm), so every machine sees the same bytes.
import { fromHalf, type HalfDType, toHalf } from './half';
import type { NpyArray } from './npz';
import { random } from './random';
import { drawLogits, drawTargets, labelsOf, type Scene } from './scenes';

export { labelsOf, SCENES, type Scene } from './scenes';

interface DataOf {
  readonly float16: Uint16Array;
  readonly bfloat16: Uint16Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
}

export const MAP_DTYPES = ['float16', 'bfloat16', 'float32', 'float64'] as const;
export const LABEL_DTYPES = ['float32', 'float64', 'uint8', 'bool', 'int32', 'int64'] as const;

export type MapDType = (typeof MAP_DTYPES)[number];
export type LabelDType = (typeof LABEL_DTYPES)[number];

/** The dtypes that can hold the labels of a scene. */
export function labelDTypes(scene: Scene): readonly LabelDType[] {
  const labels = labelsOf(scene);
  return LABEL_DTYPES.filter((dtype) => {
    if (dtype === 'bool') return labels === 'binary';
    return labels !== 'fractional' || dtype === 'float32' || dtype === 'float64';
  });
}

/** The dtypes that most tests need. Whoever asks for others gets a batch whose type says so. */
type CommonMaps = 'float32' | 'float64';
type CommonLabels = 'float32' | 'uint8';

export interface BatchOptions<
  M extends MapDType = CommonMaps,
  L extends LabelDType = CommonLabels,
> {
  readonly seed: number;
  /** @default 'words' */
  readonly scene?: Scene;
  /** N @default 2 */
  readonly images?: number;
  /** K @default 6 */
  readonly kernels?: number;
  /** Kg @default K */
  readonly gtKernels?: number;
  /** h @default 12 */
  readonly height?: number;
  /** w @default 10 */
  readonly width?: number;
  /** s @default 4 */
  readonly scale?: number;
  /** H, for a size that is no multiple of h @default h · s */
  readonly labelHeight?: number;
  /** W @default w · s */
  readonly labelWidth?: number;
  /** The values are rounded to it. @default 'float32' */
  readonly maps?: M;
  /** One of `labelDTypes(scene)`. @default 'uint8' where the scene allows it, else 'float32' */
  readonly labels?: L;
}

/** An array that says its dtype where its class does not. */
export interface BatchArray<D extends keyof DataOf> {
  readonly data: DataOf[D];
  readonly shape: readonly number[];
  readonly dtype?: D;
}

/** A batch as the product, the oracle and the parity scripts take it. */
export interface Batch<M extends MapDType = CommonMaps, L extends LabelDType = CommonLabels> {
  /** reads well in the name of a test */
  readonly name: string;
  /** [N, 1 + K, h, w] */
  readonly maps: BatchArray<M>;
  readonly labels: {
    /** [N, H, W] */
    readonly gtTexts: BatchArray<L>;
    /** [N, Kg, H, W] */
    readonly gtKernels: BatchArray<L>;
    /** [N, H, W] */
    readonly trainingMasks: BatchArray<L>;
  };
}

export function makeBatch<M extends MapDType = CommonMaps, L extends LabelDType = CommonLabels>(
  options: BatchOptions<M, L>,
): Batch<M, L>;
export function makeBatch(
  options: BatchOptions<MapDType, LabelDType>,
): Batch<MapDType, LabelDType> {
  const { seed, scene = 'words', images = 2, kernels = 6, gtKernels = kernels } = options;
  const { height = 12, width = 10, scale = 4, maps = 'float32' } = options;
  const { labelHeight = height * scale, labelWidth = width * scale } = options;
  const { labels = labelsOf(scene) === 'fractional' ? 'float32' : 'uint8' } = options;
  if (!labelDTypes(scene).includes(labels)) throw new Error(`${labels} cannot hold ${scene}`);
  const draw = random(seed);
  const size = { height: labelHeight, width: labelWidth };

  const drawn = Array.from({ length: images }, (_, image) => {
    const targets = drawTargets(draw, scene, image, size, gtKernels);
    const logits = drawLogits(draw, scene, targets, size, { height, width }, kernels);
    return { targets, logits };
  });
  const asLabels = (shape: readonly number[], values: readonly number[][]) =>
    arrayOf(labels, values.flat(), shape);
  const isMultiple = labelHeight === height * scale && labelWidth === width * scale;
  const at = isMultiple ? `factor ${scale}` : `${labelHeight} × ${labelWidth}`;
  return {
    name: `${scene}, ${maps} maps [${images}, ${1 + kernels}, ${height}, ${width}], ${labels} labels at ${at}, seed ${seed}`,
    maps: arrayOf(
      maps,
      drawn.flatMap(({ logits }) => logits.flat()),
      [images, 1 + kernels, height, width],
    ),
    labels: {
      gtTexts: asLabels(
        [images, size.height, size.width],
        drawn.map(({ targets }) => targets.text),
      ),
      gtKernels: asLabels(
        [images, gtKernels, size.height, size.width],
        drawn.flatMap(({ targets }) => targets.kernels),
      ),
      trainingMasks: asLabels(
        [images, size.height, size.width],
        drawn.map(({ targets }) => targets.mask),
      ),
    },
  };
}

/** Numbers as an array of a dtype; the class of a Uint16Array or of booleans does not say which. */
function arrayOf<D extends keyof DataOf>(
  dtype: D,
  values: readonly number[],
  shape: readonly number[],
): BatchArray<D> {
  const isSaidByClass = dtype !== 'bool' && !isHalf(dtype);
  return {
    data: DATA[dtype](values) as DataOf[D],
    shape,
    ...(!isSaidByClass && { dtype }),
  };
}

const DATA: { readonly [D in keyof DataOf]: (values: readonly number[]) => DataOf[D] } = {
  float16: (values) => Uint16Array.from(values, (value) => toHalf(value, 'float16')),
  bfloat16: (values) => Uint16Array.from(values, (value) => toHalf(value, 'bfloat16')),
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
};

function isHalf(dtype: keyof DataOf | undefined): dtype is HalfDType {
  return dtype === 'float16' || dtype === 'bfloat16';
}

/** The same batch as the oracle reads it: half maps widened to float32, bool labels as 0 and 1, int64 ones as numbers. */
export function asNumbers({ maps, labels }: Pick<Batch<MapDType, LabelDType>, 'maps' | 'labels'>): {
  readonly maps: NpyArray<Float32Array | Float64Array>;
  readonly labels: { readonly [name in keyof Batch['labels']]: NpyArray };
} {
  return {
    maps: widened(maps),
    labels: {
      gtTexts: numbers(labels.gtTexts),
      gtKernels: numbers(labels.gtKernels),
      trainingMasks: numbers(labels.trainingMasks),
    },
  };
}

function widened({ data, dtype, shape }: BatchArray<MapDType>) {
  if (!(data instanceof Uint16Array)) return { data, shape };
  if (!isHalf(dtype)) throw new Error('bits of which dtype?');
  return { data: Float32Array.from(data, (bits) => fromHalf(bits, dtype)), shape };
}

function numbers({ data, dtype, shape }: BatchArray<LabelDType>): NpyArray {
  if (data instanceof BigInt64Array) return { data: Float64Array.from(data, Number), shape };
  return { data: dtype === 'bool' ? data.map((value) => Number(value !== 0)) : data, shape };
}
