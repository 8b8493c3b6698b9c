// What is counted of a batch before anything is said about it: one pass over every array.
import {
  type DiagnosedBatch,
  type DiagnosedOptions,
  isCounted,
  type Sizes,
  sizesOf,
} from './batch';
import { countedReader } from './counted-labels';
import { denseReader } from './dense-labels';
import type { LabelFacts } from './label-facts';
import { type MapFacts, readMaps } from './map-facts';

/** One image. */
export interface ImageFacts {
  readonly image: number;
  readonly labels: LabelFacts;
  /** one a channel; 0 is the text map */
  readonly maps: readonly MapFacts[];
  /** pixels that may be learned and are predicted text */
  readonly predicted: number;
  readonly loss: number;
}

/** All of them, and what they were computed with. */
export interface BatchFacts {
  readonly sizes: Sizes;
  readonly options: DiagnosedOptions;
  /** labels came as counts of blocks */
  readonly counted: boolean;
  readonly images: readonly ImageFacts[];
}

export function gatherFacts(batch: DiagnosedBatch): BatchFacts {
  const sizes = sizesOf(batch);
  const { labels, options } = batch;
  const counted = isCounted(labels);
  const read = counted ? countedReader(batch, labels, sizes) : denseReader(batch, labels, sizes);
  const images = Array.from({ length: sizes.images }, (_, image) => {
    const { facts, blocks } = read(image);
    const maps = readMaps(batch.maps, image, sizes, blocks);
    const predicted = batch.predicted?.[image] ?? maps[0]!.positive;
    return { image, labels: facts, maps, predicted, loss: batch.perImage.loss[image]! };
  });
  return { sizes, options, counted, images };
}

/** A number of every image, added up. */
export function total(facts: BatchFacts, of: (image: ImageFacts) => number): number {
  return facts.images.reduce((sum, image) => sum + of(image), 0);
}

/** Without text that may be learned: what `emptyImages` asks for. */
export function isEmpty({ labels }: ImageFacts): boolean {
  return labels.learnable === 0;
}
