// Labels that are good numbers in the wrong place: inverted, or in another order.
// What a pipeline does to all images is looked for in all of them together.
import { count } from '../arguments/describe';
import { type BatchFacts, total } from './facts';
import { type KernelTotals, kernelTotals } from './kernel-totals';
import type { Rule } from './rule';
import { percent } from './words';

/**
 * Text is rarely more than half of a photo, and kernels are smaller than their text. Inverted kernels are larger than
 * an inverted text; kernels that were left as they were lie outside of it.
 */
function findInverted(facts: BatchFacts) {
  const kernels = kernelTotals(facts);
  const valid = total(facts, ({ labels }) => labels.valid);
  const text = total(facts, ({ labels }) => labels.learnable);
  const [first, last] = [kernels[0]!, kernels.at(-1)!];
  const share = text / valid;
  const outside = first.pixels - first.inText;
  const suspicious =
    (share > 0.5 && (last.pixels > text || outside > 0.9 * first.pixels)) ||
    (share > 0.9 && last.pixels >= text);
  return suspicious ? { text, valid, lastKernel: last.pixels, outside } : undefined;
}

const labelsInverted: Rule = (facts) => {
  const numbers = findInverted(facts);
  if (numbers === undefined) return undefined;
  const { text, valid, lastKernel, outside } = numbers;
  const evidence =
    lastKernel >= text
      ? `the last kernel, ${lastKernel}, is not smaller`
      : `${count(outside, 'pixel')} of the first kernel ${outside === 1 ? 'lies' : 'lie'} outside of it`;
  return {
    code: 'labels-look-inverted',
    severity: lastKernel === text ? 'warning' : 'error',
    numbers,
    message: `Text is ${percent(text / valid)} of what is learned in this batch (${text} of ${count(valid, 'pixel')}), and ${evidence}: the labels look inverted.`,
    advice:
      'gtTexts is 1 on text and 0 on background, gtKernels the same on ever smaller parts of it. If yours are, and the photos really are nearly all text, ignore this.',
  };
};

const maskInverted: Rule = (facts) => {
  const sum = (name: 'valid' | 'text' | 'learnable' | 'background' | 'validBackground') =>
    total(facts, ({ labels }) => labels[name]);
  const [text, learnable] = [sum('text'), sum('learnable')];
  const [background, validBackground] = [sum('background'), sum('validBackground')];
  // Padding is ignored background, too, but leaves the text alone.
  const ignoresBackground = validBackground < 0.1 * background;
  const ignoresText = learnable < 0.5 * text;
  if (sum('valid') === 0 || !ignoresBackground || !ignoresText) return undefined;
  const ignored = { text: text - learnable, background: background - validBackground };
  return {
    code: 'training-mask-looks-inverted',
    severity: 'error',
    numbers: { text, ignoredText: ignored.text, background, ignoredBackground: ignored.background },
    message: `trainingMasks ignores ${percent(ignored.background / background)} of the background (${ignored.background} of ${count(background, 'pixel')}) and ${percent(ignored.text / text)} of the text (${ignored.text} of ${text}): the mask looks inverted.`,
    advice: 'A training mask is 1 where pixels are learned and 0 where they are ignored.',
  };
};

/** Every kernel holds the one before it and more. */
function areReversed(kernels: readonly KernelTotals[]): boolean {
  if (kernels.length < 2 || kernels.some(({ pixels }) => pixels === 0)) return false;
  const grows = kernels.slice(1).every(({ pixels, missing }, k) => {
    const before = kernels[k]!;
    return pixels > before.pixels && missing <= 0.01 * before.pixels;
  });
  return grows;
}

const kernelsReversed: Rule = (facts) => {
  const kernels = kernelTotals(facts);
  if (findInverted(facts) !== undefined || !areReversed(kernels)) return undefined;
  const text = total(facts, ({ labels }) => labels.learnable);
  const [first, last] = [kernels[0]!.pixels, kernels.at(-1)!.pixels];
  const least = text < first ? `; gtTexts, ${count(text, 'pixel')}, is smaller still` : '';
  return {
    code: 'kernels-reversed',
    severity: 'error',
    numbers: { kernels: kernels.length, first, last, text },
    message: `The ${kernels.length} target kernels go from small to large: ${first} pixels in the first, ${last} in the last, each inside the next${least}.`,
    advice:
      'This loss takes kernels from large to small, and the text by itself in gtTexts: reverse the channels of gtKernels. Some PyTorch code has the text last and the kernels small to large; then maps are in that order, too.',
  };
};

const kernelsNotNested: Rule = (facts) => {
  const kernels = kernelTotals(facts);
  if (findInverted(facts) !== undefined || areReversed(kernels)) return undefined;
  const shares = kernels.map(({ pixels, outside }) => (pixels === 0 ? 0 : outside / pixels));
  const worst = shares.indexOf(Math.max(...shares));
  if (shares[worst]! <= 0.1) return undefined;
  const { pixels, outside } = kernels[worst]!;
  const before = worst === 0 ? 'the text' : `kernel ${worst}`;
  return {
    code: 'kernels-not-nested',
    severity: 'warning',
    numbers: { kernel: worst + 1, pixels, outside },
    message: `Target kernel ${worst + 1} has ${count(pixels, 'pixel')} in this batch, and ${percent(outside / pixels)} of them (${outside}) are outside ${before}.`,
    advice:
      'Kernels go from large to small, each inside the one before, all inside the text: look for channels in another order, or kernels of another image. (Texts too small to shrink come back whole in PSENet’s labels; a few of these are harmless.)',
  };
};

export const LABEL_ORDER_RULES: readonly Rule[] = [
  labelsInverted,
  maskInverted,
  kernelsReversed,
  kernelsNotNested,
];
