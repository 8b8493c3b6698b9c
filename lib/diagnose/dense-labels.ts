// Counts the labels of an image pixel by pixel. Every plane is first copied into a Float64Array, whatever it came in: loops
// over one class of array are several times as fast, and 16 photos of 640 × 640 have 65 million numbers.
import { type DenseLabels, type DiagnosedBatch, planeOf, type Sizes } from './batch';
import type { KernelFacts, LabelFacts, ReadLabels, ValueFacts } from './label-facts';

/** What is known of a pixel, as bits. */
const TEXT = 1;
const VALID = 2;
const WEIGHTED = 4;
const SAMPLED = 8;
/** in the target before the one that is being read */
const BEFORE = 16;

type Counts<T> = { -readonly [name in keyof T]: T[name] };

export function denseReader(
  { options, selected, kernelMask }: DiagnosedBatch,
  labels: DenseLabels,
  sizes: Sizes,
): (image: number) => ReadLabels {
  const { channels, gtKernels, mapHeight, mapWidth, height, width } = sizes;
  const pixels = height * width;
  const logitOf = logitsOfPixels(sizes);
  const valid = new Int32Array(mapHeight * mapWidth);
  const targets = Array.from({ length: Math.min(channels, 1 + gtKernels) }, () => valid.slice());
  const bits = new Uint8Array(pixels);
  const [text, mask, chosen, sampled] = [0, 0, 0, 0].map(() => new Float64Array(pixels)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];

  function readText(image: number): Counts<Omit<LabelFacts, 'kernels' | 'values'>> {
    text.set(planeOf(labels.gtTexts, image, pixels));
    mask.set(planeOf(labels.trainingMasks, image, pixels));
    chosen.set(planeOf(selected, image, pixels));
    sampled.set(planeOf(kernelMask, image, pixels));
    valid.fill(0);
    targets[0]!.fill(0);
    const counts = {
      ...{ pixels, valid: 0, weighted: 0, text: 0, learnable: 0, touched: 0, background: 0 },
      ...{ validBackground: 0, selectedText: 0, selectedBackground: 0, kernelMask: 0 },
    };
    for (let p = 0; p < pixels; p++) {
      const [g, m] = [text[p]!, mask[p]!];
      const isText = g > 0.5;
      // A NaN label is neither text nor background, unless it is made binary.
      const isBackground = options.binarizeLabels ? !isText : g <= 0.5;
      const isValid = m > 0.5;
      let known = 0;
      if (isText) {
        known |= TEXT | BEFORE;
        counts.text++;
      } else if (isBackground) counts.background++;
      if (m !== 0) {
        known |= WEIGHTED;
        counts.weighted++;
        if (options.binarizeLabels ? isText : g !== 0) counts.touched++;
      }
      if (isValid) {
        known |= VALID;
        counts.valid++;
        valid[logitOf[p]!]!++;
        if (isText) {
          counts.learnable++;
          targets[0]![logitOf[p]!]!++;
        } else if (isBackground) counts.validBackground++;
      }
      if (chosen[p] !== 0) counts[isText ? 'selectedText' : 'selectedBackground']++;
      if (sampled[p] !== 0) {
        known |= SAMPLED;
        counts.kernelMask++;
      }
      bits[p] = known;
    }
    return counts;
  }

  function readKernel(kernel: Float64Array, perLogit: Int32Array | undefined): KernelFacts {
    const counts = { pixels: 0, inText: 0, outside: 0, missing: 0, sampled: 0 };
    perLogit?.fill(0);
    for (let p = 0; p < pixels; p++) {
      const known = bits[p]!;
      if (kernel[p]! > 0.5) {
        if (known & VALID) {
          counts.pixels++;
          if (known & TEXT) counts.inText++;
          if (!(known & BEFORE)) counts.outside++;
          if (perLogit !== undefined) perLogit[logitOf[p]!]!++;
        }
        if (known & SAMPLED) counts.sampled++;
        bits[p] = known | BEFORE;
      } else if (known & BEFORE) {
        if (known & VALID) counts.missing++;
        bits[p] = known & ~BEFORE;
      }
    }
    return counts;
  }

  return (image) => {
    const counts = readText(image);
    const values = {
      gtTexts: noValues(),
      gtKernels: noValues(),
      trainingMasks: noValues(),
    };
    readValues(text, 0, bits, values.gtTexts);
    readValues(mask, 0, bits, values.trainingMasks);
    // The mask has been read: its place is free.
    const kernel = mask;
    const kernels = Array.from({ length: gtKernels }, (_, k) => {
      kernel.set(planeOf(labels.gtKernels, image * gtKernels + k, pixels));
      readValues(kernel, k, bits, values.gtKernels);
      return readKernel(kernel, targets[1 + k]);
    });
    return { facts: { ...counts, kernels, values }, blocks: { valid, targets } };
  };
}

/** The logit above each pixel; of bilinear upsampling the nearest one or so, which is enough to count by. */
function logitsOfPixels({ mapHeight, mapWidth, height, width }: Sizes): Int32Array {
  const logits = new Int32Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * mapHeight) / height) * mapWidth;
    for (let x = 0; x < width; x++) {
      logits[y * width + x] = row + Math.floor((x * mapWidth) / width);
    }
  }
  return logits;
}

function noValues(): Counts<ValueFacts> {
  const [smallest, largest] = [Infinity, -Infinity];
  const none = { nan: 0, infinite: 0, harmful: 0, below: 0, between: 0, above: 0 };
  return { ...none, smallest, largest, first: undefined };
}

/** Adds the values of a plane; 0 and 1, nearly all of them, take the short way. */
function readValues(
  values: Float64Array,
  plane: number,
  bits: Uint8Array,
  facts: Counts<ValueFacts>,
) {
  let [hasZero, hasOne] = [false, false];
  for (let p = 0; p < values.length; p++) {
    const value = values[p]!;
    if (value === 0) hasZero = true;
    else if (value === 1) hasOne = true;
    else readOddValue(value, plane, p, bits, facts);
  }
  if (hasZero) widen(facts, 0);
  if (hasOne) widen(facts, 1);
}

function readOddValue(
  value: number,
  plane: number,
  pixel: number,
  bits: Uint8Array,
  facts: Counts<ValueFacts>,
) {
  if (Number.isFinite(value)) {
    facts[value < 0 ? 'below' : value > 1 ? 'above' : 'between']++;
    widen(facts, value);
    return;
  }
  facts[Number.isNaN(value) ? 'nan' : 'infinite']++;
  if (bits[pixel]! & WEIGHTED) facts.harmful++;
  facts.first ??= { plane, pixel };
}

function widen(facts: Counts<ValueFacts>, value: number) {
  if (value < facts.smallest) facts.smallest = value;
  if (value > facts.largest) facts.largest = value;
}
