// Whether the arrays of a batch fit together, and if not, which sizes would.
import { mismatch } from '../errors';
import type { Sized } from './array';
import { describeShape, either } from './describe';
import { checkLabels, type LabelArguments } from './labels';

/** How logits come to the resolution of the labels. */
export type Upsample = 'nearest' | 'bilinear' | 'none';

/** The arrays of a batch, each checked by itself. */
export interface BatchArguments extends LabelArguments<Sized> {
  readonly maps: Sized;
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
  /** s = H / h = W / w; undefined for 'bilinear', which needs no such number */
  readonly scale: number | undefined;
}

/** Takes a batch whose sizes fit together, or throws ERR_PSE_SHAPE saying which would. */
export function checkBatch(
  call: string,
  batch: BatchArguments,
  { upsample }: { readonly upsample: Upsample },
): BatchShape {
  const { images, kernels, channels } = checkMaps(call, batch.maps);
  const { gtTexts } = batch;
  const [, height, width] = gtTexts.shape as Sizes;
  const refuse = (requirement: string, hint?: string) =>
    mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'labels.gtTexts',
      requirement,
      got: describeShape(gtTexts.shape),
      hint,
    });
  if (gtTexts.shape[0] !== images) throw refuse(`[${images}, H, W], as maps has N = ${images}`);
  const sizes = batch.maps.shape as Sizes;
  const { fits, need } = FITTING[upsample];
  if (!fits(sizes, height, width)) {
    const { requirement, hint } = need(sizes, height, width);
    throw refuse(`[${images}, ${requirement}`, hint);
  }
  checkLabels(call, batch, kernels, () => kernelsHint(batch, channels));
  const [, , mapHeight] = sizes;
  const scale = upsample === 'bilinear' ? undefined : height / mapHeight;
  return { images, kernels, height, width, scale };
}

/** Takes maps with channels and pixels, or throws ERR_PSE_SHAPE. */
export function checkMaps(call: string, { shape }: Sized) {
  const [images, channels, height, width] = shape as Sizes;
  const refuse = (requirement: string, hint?: string) =>
    mismatch('ERR_PSE_SHAPE', {
      call,
      argument: 'maps',
      requirement,
      got: describeShape(shape),
      hint,
    });
  if (channels < 2) {
    throw refuse('[N, C, h, w] with C ≥ 2', 'channel 0 is the text map, the rest are kernels');
  }
  if (height === 0 || width === 0) throw refuse('[N, C, h, w] with pixels');
  return { images, channels, kernels: channels - 1, height, width };
}

/** `4 channels have 3 kernels` */
export function channelsHint(channels: number): string {
  return `maps of ${channels} channels have ${channels - 1} kernels`;
}

/** Of an array whose rank was checked. */
type Sizes = readonly [number, number, number, number];

type BySizes<T> = (maps: Sizes, height: number, width: number) => T;

/** Whether labels of H × W fit, and what is said where they do not. */
interface Fit {
  readonly fits: BySizes<boolean>;
  readonly need: BySizes<{
    /** reads after `[N, ` */
    readonly requirement: string;
    readonly hint?: string | undefined;
  }>;
}

/** By the way that logits take to the resolution of the labels. */
const FITTING: { readonly [U in Upsample]: Fit } = {
  nearest: {
    fits: ([, , mapHeight, mapWidth], height, width) =>
      factorOf(mapHeight, mapWidth, height, width) !== undefined,
    need: (maps, height, width) => ({
      requirement: `s·${maps[2]}, s·${maps[3]}] with one integer s ≥ 1`,
      hint: channelsLastHint(maps, height, width) ?? nextSizes(maps, height, width),
    }),
  },
  none: {
    fits: ([, , mapHeight, mapWidth], height, width) => height === mapHeight && width === mapWidth,
    need: (maps, height, width) => ({
      requirement: `${maps[2]}, ${maps[3]}], as upsample: 'none' needs`,
      hint:
        factorOf(maps[2], maps[3], height, width) !== undefined
          ? `upsample: 'nearest' takes labels that are ${height / maps[2]} times as large; mmocr 0.x samples them down, docs/presets.md`
          : (channelsLastHint(maps, height, width) ?? anySize(height, width)),
    }),
  },
  bilinear: {
    fits: (_, height, width) => height > 0 && width > 0,
    need: () => ({ requirement: 'H, W] with pixels' }),
  },
};

/** The one integer by which labels are larger than maps. */
export function factorOf(mapHeight: number, mapWidth: number, height: number, width: number) {
  const scale = height / mapHeight;
  const fits = Number.isInteger(scale) && scale >= 1 && width === scale * mapWidth;
  return fits ? scale : undefined;
}

/** The sizes below and above that maps fit. */
function nextSizes(maps: Sizes, height: number, width: number): string {
  const [, , mapHeight, mapWidth] = maps;
  const factors = [height / mapHeight, width / mapWidth];
  const below = Math.max(1, Math.floor(Math.min(...factors)));
  const above = Math.max(1, Math.ceil(Math.max(...factors)));
  const sizes = [...new Set([below, above])].map(
    (s) => `${s * mapHeight}×${s * mapWidth} at s = ${s}`,
  );
  const bilinear = anySize(height, width);
  const fitting = `maps of ${mapHeight}×${mapWidth} fit labels of ${either(sizes)}`;
  return bilinear === undefined ? fitting : `${fitting}; ${bilinear}`;
}

function anySize(height: number, width: number): string | undefined {
  return height > 0 && width > 0 ? "upsample: 'bilinear' takes any size" : undefined;
}

/** Where maps would fit the labels if their channels came last, as TensorFlow has them. */
function channelsLastHint(maps: Sizes, height: number, width: number): string | undefined {
  const [, mapHeight, mapWidth] = maps;
  return factorOf(mapHeight, mapWidth, height, width) === undefined ? undefined : CHANNELS_LAST;
}

const CHANNELS_LAST = 'maps look like [N, h, w, C]; their channels come second, [N, C, h, w]';

/** Where every size of maps is taken, only the number of their channels tells that they come last. */
function kernelsHint({ maps, gtKernels }: BatchArguments, channels: number): string {
  const last = maps.shape[3] as number;
  const given = gtKernels.shape[1] as number;
  return channels - 1 > given && last >= 2 && last - 1 <= given
    ? CHANNELS_LAST
    : channelsHint(channels);
}
