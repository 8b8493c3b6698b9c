// NaN and Inf in maps, and losses that overflow without them. Labels have theirs in label-values.ts.
import type { ImageFacts } from './facts';
import { imageRule, type Rule } from './rule';
import { short } from './words';

const nanInMaps = imageRule(
  'nan-in-maps',
  (image, { sizes }) => findFirst(image, sizes.mapWidth, 'nan', 'firstNan'),
  ({ where, images, numbers }) => ({
    severity: 'error',
    message: `In ${where} logits are NaN: ${spread(images, 'nan')}; the first at ${place(images[0]!, numbers)}; one NaN makes every loss that uses its channel NaN for that image, even in an ignored pixel.`,
    advice:
      'They come out of the network: too large a learning rate, float16 that overflowed, or NaN in its input. Look at the step before (its gradient, its largest weights), clip gradients, keep the last layers in float32. Keep the optimizer from stepping on a loss that is NaN.',
  }),
  { channel: 'first', row: 'first', column: 'first' },
);

const infinityInMaps = imageRule(
  'infinity-in-maps',
  (image, { sizes }) => findFirst(image, sizes.mapWidth, 'infinite', 'firstInfinite'),
  ({ where, images, numbers }, { options }) => ({
    severity: options.upsample === 'bilinear' ? 'error' : 'warning',
    message: `In ${where} logits are infinite: ${spread(images, 'infinite')}; the first at ${place(images[0]!, numbers)}; their sigmoid is 0 or 1 and has no gradient${options.upsample === 'bilinear' ? ', and bilinear upsampling makes NaN around them' : ''}.`,
    advice:
      'float16 overflows above 65504: keep the last layer in float32, or lower the learning rate.',
  }),
  { channel: 'first', row: 'first', column: 'first' },
);

function findFirst(
  { maps }: ImageFacts,
  width: number,
  kind: 'nan' | 'infinite',
  first: 'firstNan' | 'firstInfinite',
) {
  const channel = maps.findIndex((map) => map[kind] > 0);
  if (channel === -1) return undefined;
  const at = maps[channel]![first];
  return {
    logits: maps.reduce((sum, map) => sum + map[kind], 0),
    channels: maps.filter((map) => map[kind] > 0).length,
    ...{ channel, row: Math.floor(at / width), column: at % width },
  };
}

/** `3 in channel 0, 1600 in channel 4`, of several images added up */
function spread(images: readonly ImageFacts[], kind: 'nan' | 'infinite'): string {
  const channels = images[0]!.maps.map((_, channel) =>
    images.reduce((sum, { maps }) => sum + maps[channel]![kind], 0),
  );
  return channels
    .flatMap((found, channel) => (found > 0 ? [`${found} in channel ${channel}`] : []))
    .join(', ');
}

function place(
  { image }: ImageFacts,
  { channel, row, column }: { channel: number; row: number; column: number },
): string {
  return `image ${image}, channel ${channel}, row ${row}, column ${column}`;
}

const lossNotFinite = imageRule(
  'loss-not-finite',
  ({ loss, labels, maps }) => {
    const { gtTexts, gtKernels, trainingMasks } = labels.values;
    const arrays = [gtTexts, gtKernels, trainingMasks];
    const explained =
      maps.some(({ nan, infinite }) => nan + infinite > 0) ||
      arrays.some(({ harmful }) => harmful > 0);
    if (Number.isFinite(loss) || explained) return undefined;
    return {
      largestTarget: Math.max(gtTexts.largest, gtKernels.largest),
      largestMask: trainingMasks.largest,
      largestLogit: Math.max(...maps.map(({ largest }) => largest)),
    };
  },
  ({ where, images, numbers }) => ({
    severity: 'error',
    message: `In ${where} the loss is ${images[0]!.loss}, though maps and labels are finite (targets up to ${short(numbers.largestTarget)}, masks up to ${short(numbers.largestMask)}, logits up to ${short(numbers.largestLogit)}).`,
    advice: 'Squares of such labels overflow: targets and masks are between 0 and 1.',
  }),
  { largestTarget: 'largest', largestMask: 'largest', largestLogit: 'largest' },
);

export const NON_FINITE_RULES: readonly Rule[] = [nanInMaps, infinityInMaps, lossNotFinite];
