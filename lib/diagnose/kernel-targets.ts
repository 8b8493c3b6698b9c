// Target kernels that are shrunk to nothing, one too many, or the text once more.
import { count } from '../arguments/describe';
import { type BatchFacts, total } from './facts';
import { kernelTotals } from './kernel-totals';
import { imageRule, type Rule } from './rule';
import { nameKernels } from './words';

const kernelTargetEmpty = imageRule(
  'kernel-target-empty',
  ({ labels }, { sizes }) => {
    if (labels.learnable === 0) return undefined;
    const predicted = labels.kernels.slice(0, sizes.channels - 1);
    const empty = predicted.filter(({ pixels }) => pixels === 0).length;
    return empty === 0 ? undefined : { kernels: empty, text: labels.learnable };
  },
  ({ images, where, numbers, allWithText }, { sizes, options }) => {
    const predicted = Array.from({ length: sizes.channels - 1 }, (_, k) => k);
    const empty = predicted.filter((k) =>
      images.some(({ labels }) => labels.kernels[k]?.pixels === 0),
    );
    const everything = allWithText && numbers.kernels === images.length * predicted.length;
    const loss = options.epsInNumerator
      ? 'there these kernels learn only to be silent.'
      : 'there the loss of these kernels is 1 and has no gradient.';
    return {
      severity: everything ? 'error' : 'warning',
      message: `In ${where} there is text (${count(numbers.text, 'pixel')}) with nothing to learn in ${nameKernels(empty.map((k) => k + 1))} of ${predicted.length}; ${loss}`,
      advice:
        'Small texts shrink to nothing. Either they keep their whole outline as a kernel, as PSENet does and makeLabels too, or they are ignored (trainingMasks 0), as PaddleOCR does. If no text has kernels, gtKernels was never filled.',
    };
  },
);

const countMismatch: Rule = (facts) => {
  const [kernels, labels] = [facts.sizes.channels - 1, facts.sizes.gtKernels];
  if (labels <= kernels) return undefined;
  const repeated = firstIsText(facts);
  const isPaddles = repeated && labels === kernels + 1;
  const message = `The maps have ${count(kernels, 'kernel')}, the labels ${labels}: kernel k learns gtKernels[k − 1], and iouKernel compares kernel ${kernels} with target ${labels}, which it never learns`;
  return {
    code: 'kernel-count-mismatch',
    severity: isPaddles ? 'info' : 'warning',
    numbers: { kernels, labels },
    message: isPaddles
      ? `${message}; gtKernels[0] is gtTexts once more, as PaddleOCR's label code has it.`
      : `${message}.`,
    advice: isPaddles
      ? "These are PaddleOCR's numbers, and iouKernel is low in them. For kernels that learn .9 … .4 as in PSENet, make the text from the whole outline, or leave out gtKernels[0] so that no kernel repeats the text."
      : 'Give as many target kernels as the network predicts. A kernel_num of 7 often counts the text map: then there are 6 kernels.',
  };
};

const firstKernelIsText: Rule = (facts) => {
  if (facts.sizes.gtKernels > facts.sizes.channels - 1 || !firstIsText(facts)) return undefined;
  const text = total(facts, ({ labels }) => labels.learnable);
  return {
    code: 'first-kernel-is-text',
    severity: 'warning',
    numbers: { text, last: kernelTotals(facts).at(-1)!.pixels },
    message: `gtKernels[0] is gtTexts once more (${count(text, 'pixel')} in this batch), while later kernels are smaller: kernel 1 learns what the text map learns.`,
    advice:
      "PaddleOCR's label code makes text and kernels from one list, the text as its first. Leave that one out: gtKernels begins with the first that is smaller than the text.",
  };
};

/** The same pixels as the text in every image, while the last kernel has fewer. */
function firstIsText(facts: BatchFacts): boolean {
  const kernels = kernelTotals(facts);
  const [first, last] = [kernels[0]!, kernels.at(-1)!];
  return first.outside === 0 && first.missing === 0 && last.pixels < first.pixels;
}

export const KERNEL_TARGET_RULES: readonly Rule[] = [
  kernelTargetEmpty,
  countMismatch,
  firstKernelIsText,
];
