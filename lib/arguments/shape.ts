// Whether the arrays of a batch fit together.
import { mismatch } from '../errors';
import type { ArrayArgument } from './array';
import { describeShape } from './describe';

/** The arrays of a batch, each checked by itself. */
export interface BatchArguments {
  readonly maps: ArrayArgument;
  readonly gtTexts: ArrayArgument;
  readonly gtKernels: ArrayArgument;
  readonly trainingMasks: ArrayArgument;
}

/** The sizes that a batch agrees on. */
export interface BatchShape {
  /** N */
  readonly images: number;
  /** K, of the maps; the labels may have more */
  readonly kernels: number;
  /** H */
  readonly height: number;
  /** W */
  readonly width: number;
  /** s = H / h = W / w */
  readonly scale: number;
}

/** Takes a batch whose sizes fit together, or throws ERR_PSE_SHAPE saying which would. */
export function checkBatch(call: string, batch: BatchArguments): BatchShape {
  const [images, channels, mapHeight, mapWidth] = batch.maps.shape as Sizes;
  const [, height, width] = batch.gtTexts.shape as Sizes;
  const [, gtKernels] = batch.gtKernels.shape as Sizes;
  const refuse = (argument: keyof BatchArguments, requirement: string, hint?: string) =>
    mismatch('ERR_PSE_SHAPE', {
      call,
      argument: argument === 'maps' ? argument : `labels.${argument}`,
      requirement,
      got: describeShape(batch[argument].shape),
      hint,
    });

  if (channels < 2) {
    throw refuse(
      'maps',
      '[N, C, h, w] with C ≥ 2',
      'channel 0 is the text map, the rest are kernels',
    );
  }
  if (mapHeight === 0 || mapWidth === 0) throw refuse('maps', '[N, C, h, w] with pixels');
  if (batch.gtTexts.shape[0] !== images)
    throw refuse('gtTexts', `[${images}, H, W], as maps has N = ${images}`);
  const scale = height / mapHeight;
  if (!Number.isInteger(scale) || scale < 1 || width !== scale * mapWidth) {
    throw refuse(
      'gtTexts',
      `[${images}, s·${mapHeight}, s·${mapWidth}] with one integer s ≥ 1`,
      channelsLast(batch.maps.shape, height, width)
        ? `maps look like [N, h, w, C]; their channels come second, [N, C, h, w]`
        : `maps of ${mapHeight}×${mapWidth} fit labels of ${4 * mapHeight}×${4 * mapWidth} at s = 4`,
    );
  }
  if (!sameShape(batch.trainingMasks.shape, batch.gtTexts.shape)) {
    throw refuse('trainingMasks', `${describeShape(batch.gtTexts.shape)}, as labels.gtTexts`);
  }
  const kernels = channels - 1;
  if (
    !sameShape(batch.gtKernels.shape, [images, gtKernels, height, width]) ||
    gtKernels < kernels
  ) {
    throw refuse(
      'gtKernels',
      `[${images}, Kg, ${height}, ${width}] with Kg ≥ ${kernels}`,
      `maps of ${channels} channels have ${kernels} kernels`,
    );
  }
  return { images, kernels, height, width, scale };
}

/** Of an array whose rank was checked. */
type Sizes = readonly [number, number, number, number];

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** The maps would fit the labels if their channels came last, as TensorFlow has them. */
function channelsLast(maps: readonly number[], height: number, width: number): boolean {
  const [, mapHeight, mapWidth] = maps as Sizes;
  const scale = height / mapHeight;
  return Number.isInteger(scale) && scale >= 1 && width === scale * mapWidth;
}
