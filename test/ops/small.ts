// Batches written out by hand, as one looks at them.
import type { Batch } from '../support/batch';

type Plane = readonly (readonly number[])[];

/** One image, each plane row by row. */
export interface Image {
  /** logits, [h][w] */
  readonly text: Plane;
  /** logits, [K][h][w] */
  readonly kernels: readonly Plane[];
  /** [H][W] */
  readonly gtText: Plane;
  /** [Kg][H][W] */
  readonly gtKernels: readonly Plane[];
  /** [H][W] @default ones */
  readonly mask?: Plane;
}

export interface DTypes {
  /** @default 'float64' */
  readonly maps?: 'float32' | 'float64';
  /** @default 'uint8' */
  readonly labels?: 'float32' | 'uint8';
}

/** sigmoid(ln 3) = 3/4, sigmoid(−ln 3) = 1/4 */
export const LN3 = Math.log(3);

/** Factor 2: two logits of each map over eight pixels, three of them text. */
export const TWO_BLOCKS: Image = {
  text: [[LN3, -LN3]],
  kernels: [[[0, 0]]],
  gtText: [
    [1, 1, 0, 0],
    [1, 0, 0, 0],
  ],
  gtKernels: [
    [
      [1, 0, 0, 0],
      [0, 0, 0, 0],
    ],
  ],
};

/** The images, which are all of one size, as a batch. */
export function batchOf(
  images: readonly Image[],
  { maps = 'float64', labels = 'uint8' }: DTypes = {},
): Omit<Batch, 'name'> {
  const [MapArray, LabelArray] = [CLASSES[maps], CLASSES[labels]];
  const planes = images.map(({ text, kernels }) => [text, ...kernels]);
  const masks = images.map(({ mask, gtText }) => mask ?? gtText.map((row) => row.map(() => 1)));
  const gtTexts = images.map(({ gtText }) => gtText);
  const gtKernels = images.map((image) => image.gtKernels);
  return {
    maps: { data: MapArray.from(planes.flat(3)), shape: shapeOf(planes) },
    labels: {
      gtTexts: { data: LabelArray.from(gtTexts.flat(2)), shape: shapeOf(gtTexts) },
      gtKernels: { data: LabelArray.from(gtKernels.flat(3)), shape: shapeOf(gtKernels) },
      trainingMasks: { data: LabelArray.from(masks.flat(2)), shape: shapeOf(masks) },
    },
  };
}

/** A batch of one image whose only row of pixels is given: factor 1, one kernel of logits 0 and target 1. */
export function rowOf(
  text: readonly number[],
  gtText: readonly number[],
  mask: readonly number[] = text.map(() => 1),
  dtypes: DTypes = {},
): Omit<Batch, 'name'> {
  const row = (value: number) => [text.map(() => value)];
  const image = {
    text: [text],
    kernels: [row(0)],
    gtText: [gtText],
    gtKernels: [row(1)],
    mask: [mask],
  };
  return batchOf([image], dtypes);
}

const CLASSES = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };

function shapeOf(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...shapeOf(values[0])] : [];
}
