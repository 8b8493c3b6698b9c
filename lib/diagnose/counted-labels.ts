// Reads off the counts of blocks what dense-labels.ts counts pixel by pixel. Such labels are binary.
import { type CountedLabels, type DiagnosedBatch, planeOf, type Sizes } from './batch';
import type { KernelFacts, ReadLabels, ValueFacts } from './label-facts';

export function countedReader(
  { selected, kernelMask }: DiagnosedBatch,
  { counts, kernels }: CountedLabels,
  { channels, mapHeight, mapWidth, height, width }: Sizes,
): (image: number) => ReadLabels {
  const logits = mapHeight * mapWidth;
  return (image) => {
    const plane = (index: number) => planeOf(counts, image * (3 + 2 * kernels) + index, logits);
    const [text, valid, learnable] = [plane(0), plane(1), plane(2)];
    const targets = Array.from({ length: kernels }, (_, k) => plane(3 + k));
    const inTexts = Array.from({ length: kernels }, (_, k) => plane(3 + kernels + k));
    const sampled = planeOf(kernelMask, image, logits);

    const [nText, nValid, nLearnable] = [sum(text), sum(valid), sum(learnable)];
    const pixels = height * width;
    const ofKernel = (k: number): KernelFacts => {
      const target = targets[k]!;
      const before = targets[k - 1] ?? learnable;
      return {
        pixels: sum(target),
        inText: sum(inTexts[k]!),
        outside: sumOf(logits, (b) => Math.max(0, target[b]! - before[b]!)),
        missing: sumOf(logits, (b) => Math.max(0, before[b]! - target[b]!)),
        // The kernel mask has all pixels of a block that may be learned, or those of its text, or none.
        sampled: sumOf(logits, (b) => {
          if (sampled[b] === 0) return 0;
          return (sampled[b] === valid[b] ? target : inTexts[k]!)[b]!;
        }),
      };
    };
    const facts = {
      ...{ pixels, valid: nValid, weighted: nValid },
      ...{ text: nText, learnable: nLearnable, touched: nLearnable },
      ...{ background: pixels - nText, validBackground: nValid - nLearnable },
      selectedText: nLearnable,
      selectedBackground: sum(planeOf(selected, image, logits)) - nLearnable,
      kernelMask: sum(sampled),
      kernels: targets.map((_, k) => ofKernel(k)),
      values: {
        gtTexts: { ...BINARY, largest: nText > 0 ? 1 : 0 },
        gtKernels: BINARY,
        trainingMasks: BINARY,
      },
    };
    return { facts, blocks: { valid, targets: [learnable, ...targets].slice(0, channels) } };
  };
}

const BINARY: ValueFacts = {
  ...{ nan: 0, infinite: 0, harmful: 0, below: 0, between: 0, above: 0 },
  ...{ smallest: 0, largest: 1, first: undefined },
};

function sum(values: ArrayLike<number>): number {
  return sumOf(values.length, (i) => values[i]!);
}

function sumOf(length: number, value: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < length; i++) total += value(i);
  return total;
}
