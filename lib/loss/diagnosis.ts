// A batch as lib/diagnose looks at it: its arrays as numbers, its losses, and the masks that the two dice losses received.
import type { Addon, Settle, Ticket } from '../../binding.gyp';
import { type ElementType, elementCount } from '../arguments/dtype';
import { numbersWithin } from '../arguments/numbers';
import { type InputArgument, isTensorArgument } from '../arguments/tensor';
import { diagnoseBatch } from '../diagnose/diagnose';
import type { Diagnosis, Finding } from '../diagnose/finding';
import { callPromised, isOpen } from '../native/call';
import { readElements } from '../tensor/elements';
import { zeros } from '../tensor/zeros';
import { keepInputs, type ReadBatch, readBatch } from './batch';
import type { Reduction, ResolvedOptions } from './options';
import { allocateResults, presentResults } from './results';

export type { Diagnosis, Finding };

/** What is wrong with a batch under these options. */
export async function diagnose(
  call: string,
  given: ResolvedOptions<Reduction>,
  givenMaps: unknown,
  givenLabels: unknown,
): Promise<Diagnosis> {
  // What checkValues would refuse is what is looked for; whether OHEM's selection is given does not matter.
  const options = { ...given, checkValues: false, returnMask: false, reduction: 'none' } as const;
  const batch = readBatch(call, options, givenMaps, givenLabels);
  const results = allocateResults(call, batch, options);
  const masks = allocateMasks(call, batch);
  // Where maps are interpolated, logits do not tell what is predicted: a kernel mask of nothing but the prediction does.
  const predicted = options.upsample === 'bilinear' ? allocateMasks(call, batch) : undefined;
  const native = { ...options, gradScale: 1 };
  const inputs = isOpen() ? batch.native : keepInputs(batch.native);
  const promised = (queue: (addon: Addon, settle: Settle) => Ticket) =>
    callPromised(call, queue, () => {});
  const [maps, labels] = await Promise.all([
    readNumbers(call, batch.maps),
    readLabelNumbers(call, batch.labels),
    promised((addon, settle) => addon.loss(inputs, native, results, settle)),
    promised((addon, settle) => addon.lossMasks(inputs, native, masks, settle)),
    predicted &&
      promised((addon, settle) =>
        addon.lossMasks(inputs, { ...native, ...PREDICTED }, predicted, settle),
      ),
  ]);
  // Arrays are looked at in place, and were out of our hands for a while.
  batch.checkElements();
  const { findings, pictures } = diagnoseBatch({
    maps,
    labels,
    options: { ...options, textThreshold: thresholdOf(options.textThreshold, batch.maps.dtype) },
    selected: masks.selectedMask,
    kernelMask: masks.kernelMask,
    perImage: presentResults(results, batch.shape.images, 'none').perImage,
    ...(predicted && { predicted: sums(predicted.kernelMask) }),
  });
  return {
    findings,
    pictures: () =>
      pictures().catch((error) => {
        // They are drawn later, of arrays that may have been transferred by then.
        batch.checkElements();
        throw error;
      }),
  };
}

/** The kernel mask is 1 where a text logit is above 0 and may be learned. */
const PREDICTED = {
  kernelSampleMask: 'pred',
  textThreshold: 0,
  kernelTrainingMask: 'above-half',
} as const;

/** Of masks [N, H, W] the sum of each image. */
function sums({ data, shape: [images = 0] }: { data: Float32Array; shape: readonly number[] }) {
  const pixels = data.length / images;
  return Array.from({ length: images }, (_, image) => {
    const mask = data.subarray(image * pixels, (image + 1) * pixels);
    return mask.reduce((sum, value) => sum + value, 0);
  });
}

/** 'sigmoid-half' in the arithmetic of the maps. */
function thresholdOf(threshold: number | 'sigmoid-half', dtype: string): number {
  if (threshold !== 'sigmoid-half') return threshold;
  return 1.5 * 2 ** (dtype === 'float64' ? -53 : -24);
}

function allocateMasks(call: string, { maps, labels, shape }: ReadBatch) {
  const [images, , h, w] = maps.shape as readonly [number, number, number, number];
  const sizes = 'counts' in labels ? [images, h, w] : [images, shape.height, shape.width];
  return { selectedMask: zeros(call, 'float32', sizes), kernelMask: zeros(call, 'float32', sizes) };
}

/** As a view of ours: what an array has of its own, a `length` or a `subarray`, is not looked at. */
async function readNumbers(call: string, input: InputArgument<ElementType>) {
  const array = isTensorArgument(input) ? await readElements(call, input) : input;
  return { data: numbersWithin(array, 0, elementCount(array.data)), shape: array.shape };
}

async function readLabelNumbers(call: string, labels: ReadBatch['labels']) {
  const read = (input: InputArgument<ElementType>) => readNumbers(call, input);
  if ('counts' in labels) {
    return {
      counts: await read(labels.counts),
      scale: labels.scale,
      kernels: labels.kernels,
    };
  }
  return {
    gtTexts: await read(labels.gtTexts),
    gtKernels: await read(labels.gtKernels),
    trainingMasks: await read(labels.trainingMasks),
  };
}
