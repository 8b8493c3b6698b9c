// Maps that are good numbers and no good logits.
import { count } from '../arguments/describe';
import { type BatchFacts, type ImageFacts, total } from './facts';
import { type MapFacts, SATURATED } from './map-facts';
import { imageRule, type Rule } from './rule';
import { list, short } from './words';

/** Sigmoids of 0…1 reach from .5 to .73. With p pixels of text and q of background selected, the text loss is at least: */
function floorOfProbabilities({ labels }: ImageFacts): number {
  const [text, background] = [labels.learnable, labels.selectedBackground];
  const [high, low] = [1 / (1 + Math.exp(-1)), 0.5];
  return 1 - (2 * high * text) / (high ** 2 * text + low ** 2 * background + text);
}

const probabilities: Rule = (facts) => {
  const maps = facts.images.flatMap((image) => image.maps);
  const smallest = Math.min(...maps.map((map) => map.smallest));
  const largest = Math.max(...maps.map((map) => map.largest));
  const varies = maps.some((map) => map.smallest < map.largest);
  if (!(smallest >= 0 && largest <= 1 && varies)) return undefined;
  if (maps.some(({ nan, infinite }) => nan + infinite > 0)) return undefined;
  const learning = facts.images.filter(({ labels }) => labels.learnable > 0);
  const floors = learning.map(floorOfProbabilities);
  const floor = floors.reduce((sum, value) => sum + value, 0) / floors.length;
  const known = learning.length > 0;
  return {
    code: 'maps-look-like-probabilities',
    severity: 'error',
    numbers: { smallest, largest, ...(known && { floor }) },
    message: `All logits of the batch are between 0 and 1 (${short(smallest)} to ${short(largest)}): they look like probabilities, whose sigmoid, taken once more, reaches from 0.5 to 0.73 only${known ? `; with the pixels that OHEM keeps here the text loss cannot fall below ${short(floor)}` : ''}.`,
    advice:
      'maps are logits: leave out the sigmoid at the end of the network while it trains (the loss has its own).',
  };
};

const saturated = imageRule(
  'saturated-logits',
  ({ maps }) => {
    const stuck = maps.filter(isStuck);
    if (stuck.length === 0) return undefined;
    const sum = (of: (map: MapFacts) => number) => stuck.reduce((so, map) => so + of(map), 0);
    return {
      channels: stuck.length,
      drowned: sum(({ drowned }) => drowned),
      onTarget: sum(({ onTarget }) => onTarget),
      blinded: sum(({ blinded }) => blinded),
      offTarget: sum(({ offTarget }) => offTarget),
    };
  },
  ({ where, images, numbers, all }) => {
    const { drowned, onTarget, blinded, offTarget } = numbers;
    const channels = images[0]!.maps.map((_, channel) => channel);
    const stuck = channels.filter((channel) => images.some(({ maps }) => isStuck(maps[channel]!)));
    const sides = [
      { found: drowned, of: onTarget, words: `on their targets are below −${SATURATED}` },
      { found: blinded, of: offTarget, words: `beside them are above ${SATURATED}` },
    ]
      .filter(({ found }) => found > 0)
      .map(({ found, of, words }) => `${found} of ${count(of, 'logit')} ${words}`);
    return {
      severity: all ? 'error' : 'warning',
      message: `In ${where} maps are saturated on the wrong side (channel${stuck.length === 1 ? '' : 's'} ${list(stuck)}): ${sides.join(', ')}; there the sigmoid has a slope below 1.2e-7, and next to no gradient comes through.`,
      advice:
        'The network has run off and does not come back by itself: go back to an earlier state, lower the learning rate or warm it up, use weight decay, and look at the scale of the last layer.',
    };
  },
);

/** At least half of what should be text, or of what should not, is beyond ±16 on the other side. */
function isStuck({ drowned, onTarget, blinded, offTarget }: MapFacts): boolean {
  return (drowned > 0 && drowned >= 0.5 * onTarget) || (blinded > 0 && blinded >= 0.5 * offTarget);
}

const constantMaps = imageRule(
  'constant-maps',
  ({ maps }, { sizes }) => {
    if (sizes.mapHeight * sizes.mapWidth < 2) return undefined;
    const channel = maps.findIndex(isConstant);
    if (channel === -1) return undefined;
    const found = maps.filter(isConstant).length;
    return { maps: found, channel, value: maps[channel]!.smallest };
  },
  ({ where, images, numbers }, { sizes }) => ({
    severity: 'warning',
    message: `In ${where}, ${numbers.maps} of ${count(images.length * sizes.channels, 'map')} ${numbers.maps === 1 ? 'has' : 'have'} one logit everywhere (channel ${numbers.channel} of image ${images[0]!.image}: ${short(numbers.value)}); with every pixel a tie, OHEM cannot choose in a text map like that.`,
    advice:
      'Before the first step of a network that starts from zeros this is normal. Later it means that nothing of the image arrives: an input of zeros, dead ReLUs, or parameters that the optimizer does not have.',
  }),
  { channel: 'first', value: 'first' },
);

function isConstant({ nan, infinite, smallest, largest }: MapFacts): boolean {
  return nan + infinite === 0 && smallest === largest;
}

/** Networks with the text last and kernels from small to large, as some PyTorch code has them. */
const reversed: Rule = (facts) => {
  const { channels } = facts.sizes;
  if (channels < 3) return undefined;
  const positive = sums(facts, 'positive');
  const shared = sums(facts, 'shared');
  const onText = sums(facts, 'positiveText');
  const text = total(facts, ({ labels }) => labels.learnable);
  const agreement = (channel: number) => (2 * onText[channel]!) / (positive[channel]! + text);
  const grows = positive.slice(1).every((area, c) => {
    const before = positive[c]!;
    return before > 0 && area > before && shared[c + 1]! >= 0.9 * before;
  });
  const [first, last] = [agreement(0), agreement(channels - 1)];
  if (!grows || !(last >= 0.5) || !(last >= first + 0.1)) return undefined;
  return {
    code: 'maps-look-reversed',
    severity: 'warning',
    numbers: { first, last, firstPixels: positive[0]!, lastPixels: positive.at(-1)! },
    message: `The maps grow from channel 0 (${positive[0]} pixels predicted) to channel ${channels - 1} (${positive.at(-1)}), each inside the next, and the last agrees with the text (dice ${short(last)}) better than the first (${short(first)}): they look reversed.`,
    advice:
      'Channel 0 is the text map, the channels after it the kernels from large to small. Reverse the channels of maps; a network that was trained with the text last has them so.',
  };
};

function sums(facts: BatchFacts, name: 'positive' | 'shared' | 'positiveText'): number[] {
  return Array.from({ length: facts.sizes.channels }, (_, channel) =>
    total(facts, ({ maps }) => maps[channel]![name]),
  );
}

export const LOGIT_RULES: readonly Rule[] = [probabilities, saturated, constantMaps, reversed];
