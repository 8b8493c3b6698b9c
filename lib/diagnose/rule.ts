// A rule looks at the facts of a batch and finds one thing or nothing. Most look at every image by itself; what several
// images have in common is said once.
import type { BatchFacts, ImageFacts } from './facts';
import type { Finding, FindingCode, Numbers, Severity } from './finding';
import { nameImages } from './words';

export type Rule = (facts: BatchFacts) => Finding | undefined;

export interface Words {
  readonly severity: Severity;
  readonly message: string;
  readonly advice: string;
}

/** The images that a rule holds for. */
export interface Hits<N extends Numbers> {
  readonly images: readonly ImageFacts[];
  /** reads after "In": `image 3`, `2 of 16 images (0, 5)` */
  readonly where: string;
  readonly numbers: N;
  /** every image of the batch */
  readonly all: boolean;
  /** no image of the batch has text that may be learned but these */
  readonly allWithText: boolean;
}

/** How a number of several images becomes one. @default 'sum' */
export type Combine<N> = { readonly [name in keyof N]?: 'largest' | 'smallest' | 'first' };

/**
 * A rule about single images.
 *
 * @param find the numbers of an image that it holds for, undefined for others
 * @param say says it of all of these together
 */
export function imageRule<N extends Numbers>(
  code: FindingCode,
  find: (image: ImageFacts, facts: BatchFacts) => N | undefined,
  say: (hits: Hits<N>, facts: BatchFacts) => Words,
  combine: Combine<N> = {},
): Rule {
  return (facts) => {
    const found = facts.images.flatMap((image) => {
      const numbers = find(image, facts);
      return numbers === undefined ? [] : [{ image, numbers }];
    });
    if (found.length === 0) return undefined;
    const images = found.map(({ image }) => image);
    const indices = images.map(({ image }) => image);
    const numbers = combined(
      found.map((hit) => hit.numbers),
      combine,
    );
    const words = say(
      {
        images,
        where: nameImages(indices, facts.images.length),
        numbers,
        all: images.length === facts.images.length,
        allWithText: facts.images.every(
          (image) => images.includes(image) || image.labels.learnable === 0,
        ),
      },
      facts,
    );
    if (indices.length === 1) return { code, image: indices[0]!, numbers, ...words };
    return { code, images: indices, numbers: { images: indices.length, ...numbers }, ...words };
  };
}

function combined<N extends Numbers>(all: readonly N[], combine: Combine<N>): N {
  const names: readonly (keyof N)[] = Object.keys(all[0]!);
  const entries = names.map((name) => {
    const values = all.map((numbers) => numbers[name] as number);
    switch (combine[name]) {
      case 'largest':
        return [name, Math.max(...values)];
      case 'smallest':
        return [name, Math.min(...values)];
      case 'first':
        return [name, values[0]];
      default:
        return [name, values.reduce((sum, value) => sum + value, 0)];
    }
  });
  return Object.fromEntries(entries) as N;
}
