// libpse_ops as PyTorch users load it: the same bits as the addon gives, and PyTorch's own checks of an operator.
// One Python process loads the library, answers the batches, and tries everything in operator_checks/.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  compactLabels,
  diceLossSync,
  iouSync,
  ohemBatchSync,
  PSELoss,
  type PSELossOptions,
  presets,
} from 'pse-loss';
import {
  type Batch,
  type BatchArray,
  type BatchOptions,
  type LabelDType,
  type MapDType,
  makeBatch,
} from '../support/batch';
import type { NpyData } from '../support/npz';
import { RELEASE } from '../support/process';
import { arrayOf, type Case, type PythonArrays, runCases } from './cases';

/** What operator_checks/ checks; a check that is there and not here, or here and not there, fails. */
const CHECKS = [
  'have the schemas that are written down',
  'pass opcheck: pse::loss',
  'pass opcheck: pse::loss_compact',
  'pass opcheck: pse::_loss_forward and pse::_loss_backward',
  'pass opcheck: pse::dice_loss, pse::ohem_batch and pse::iou',
  'pass gradcheck in float64',
  'differentiate a dice loss by itself, twice if asked',
  'differentiate each part by its own weight',
  'give skipped images no gradient, and the others theirs',
  'refuse a second derivative in words',
  'give gradients to the losses alone',
  'give no gradient to labels',
  'refuse inputs that were modified before backward',
  'give the gradient of half maps in float32 if asked',
  'give the bits of labels for their counts',
  'read counts of every integer dtype alike',
  'give the bits of labels for counts where logits are infinite or NaN',
  "make a dice loss of one factor's square and the other's",
  'make a dice loss of images of any shape, and of none',
  'select the pixels that the loss selects, and find its IoU',
  'fall back to the training mask, as it is or as 1 where it is not 0',
  'average an IoU over the classes, absent ones too',
  'give parts in float64 for float64, else in float32, of labels of every dtype alike',
  'hand out the masks of both dice losses',
  'return no memory of an input',
  'know shapes and dtypes without data',
  'widen half maps to float32',
  'read labels of every dtype alike',
  'take numbers of instances for text where labels are made binary',
  'read strided inputs alike',
  'interpolate wide maps in any layout alike',
  'give the same bits on one thread and on two',
  'are traced once for batches of every size: pse::loss',
  'are traced once for batches of every size: pse::loss_compact',
  'are traced anew for an image, a kernel, another option, and sizes that were equal at first',
  'can be exported for any number of images',
  'are traced once for batches of every size: pse::dice_loss, pse::ohem_batch and pse::iou',
  'refuse in words what does not fit together: pse::loss',
  'refuse in words what does not fit together: pse::loss_compact',
  'refuse in words what does not fit together: parts of the loss',
  'refuse in words packed options that are none',
] as const;

interface BitCase extends Case {
  readonly inputs: Batch<MapDType, LabelDType>;
  readonly options: Omit<PSELossOptions, 'preset' | 'reduction' | 'checkValues' | 'returnMask'>;
}

type Drawn = BatchOptions<MapDType, LabelDType>;

/** [name of the test, its case] */
function one(
  options: BitCase['options'],
  drawn: Drawn,
  about = JSON.stringify(options),
): readonly [string, BitCase] {
  const inputs = makeBatch(drawn);
  const name = `${about}, ${inputs.name}`;
  return [name, { name, inputs, precision: drawn.maps ?? 'float32', options }];
}

/** The operators have no presets and do not reduce: the other options of one. */
function ofPreset(preset: keyof typeof presets, drawn: Drawn) {
  const { reduction: _, ...options } = presets[preset];
  return one(options, drawn, preset);
}

const cases = (['float32', 'float64'] as const).flatMap((maps) => [
  one({}, { seed: 1, maps, images: 3 }),
  one({ kernelSampleMask: 'gt' }, { seed: 2, maps, gtKernels: 7, labels: 'float32' }),
  one(
    { alpha: 0.3, kernelWeight: 1.1, ohemRatio: 0.7, textThreshold: 0.1, eps: 1e-3 },
    { seed: 3, maps, scene: 'noise', images: 5, kernels: 2, scale: 3, height: 7 },
  ),
  one({}, { seed: 4, maps, scene: 'soft-labels', scale: 1, height: 31, width: 17 }),
  one({}, { seed: 5, maps, scene: 'fractional-masks', images: 3, scale: 2 }),
  one({}, { seed: 6, maps, scene: 'ties', kernels: 1 }),
  one({}, { seed: 7, maps, scene: 'large-logits' }),
  // Large enough for every thread.
  one({}, { seed: 8, maps, kernels: 2, height: 60, width: 70 }),
  one(
    { kernelSampleMask: 'union', epsInNumerator: true, negativePool: 'valid' },
    { seed: 9, maps, images: 3, kernels: 2 },
  ),
  one(
    { fallbackMask: 'nonzero', kernelTrainingMask: 'above-half', binarizeLabels: true },
    { seed: 10, maps, scene: 'fractional-masks', images: 6, kernels: 2 },
  ),
  one({ emptyImages: 'skip' }, { seed: 11, maps, scene: 'fractional-masks', images: 6 }),
  one({ upsample: 'none' }, { seed: 12, maps, scale: 1, height: 40, width: 31 }),
  one({ upsample: 'bilinear' }, { seed: 13, maps, labelHeight: 53, labelWidth: 37 }),
  one({ upsample: 'bilinear', alignCorners: true }, { seed: 14, maps, kernels: 2 }),
  one({ upsample: 'bilinear' }, { seed: 15, maps, labelHeight: 9, labelWidth: 8 }),
  one({ upsample: 'bilinear' }, { seed: 16, maps, kernels: 2, height: 60, width: 70 }),
  ofPreset('psenet', { seed: 17, maps, height: 24 }),
  ofPreset('psenet-py2', { seed: 18, maps, scene: 'fractional-masks', images: 3 }),
  ofPreset('mmocr', { seed: 19, maps, scene: 'fractional-masks', images: 3, height: 24 }),
  ofPreset('mmocr-0.x', { seed: 20, maps, scale: 1, height: 41, width: 30 }),
]);

const dtypeCases = [
  ...(['float16', 'bfloat16'] as const).flatMap((maps) => [
    one({}, { seed: 30, maps }),
    ofPreset('mmocr', { seed: 31, maps, images: 3, height: 24 }),
  ]),
  ...(['float32', 'float64', 'uint8', 'bool', 'int32', 'int64'] as const).map((labels) =>
    one({}, { seed: 32, labels, kernels: 2 }),
  ),
];

const wholeCases = [
  one({ ohemRatio: 0.7, eps: 1e-3 }, { seed: 40, maps: 'float64', scale: 1, height: 31 }),
  one({}, { seed: 41, scene: 'soft-labels', scale: 1, height: 31, width: 17 }),
  one({}, { seed: 42, scene: 'fractional-masks', images: 4, scale: 1, height: 20 }),
  one({}, { seed: 43, maps: 'bfloat16', labels: 'int64', scale: 1, height: 25 }),
];

/** Scales whose counts are bytes, and one whose are not. */
const countedCases = [1, 4, 16].flatMap((scale) => [
  one({}, { seed: 50, scale, kernels: 3, gtKernels: 5, images: 4 }),
  one(
    { kernelSampleMask: 'union', negativePool: 'valid', emptyImages: 'skip', epsInNumerator: true },
    { seed: 51, scale, maps: 'float64', images: 4, kernels: 2 },
  ),
  one({ kernelSampleMask: 'gt' }, { seed: 52, scale, maps: 'float16', kernels: 2 }),
]);

let answers: ReadonlyMap<BitCase, PythonArrays>;
let reasons: Readonly<Record<string, string | null>>;

beforeAll(async () => {
  const all = [cases, dtypeCases, wholeCases, countedCases].flat().map(([, each]) => each);
  const { printed, results } = await runCases('operators.py', all, [findLibrary()]);
  answers = new Map(all.map((each, i) => [each, results[i]!]));
  reasons = JSON.parse(printed) as Record<string, string | null>;
}, 300_000);

/** The one that the set-up built. */
function findLibrary(): string {
  const names = existsSync(RELEASE) ? readdirSync(RELEASE) : [];
  const [library, ...others] = names.filter((name) => /^libpse_ops-.*\.so$/.test(name));
  if (library === undefined || others.length > 0) {
    throw new Error(`${RELEASE} holds ${names.join(', ') || 'nothing'}: run \`npm run setup\``);
  }
  return join(RELEASE, library);
}

describe('the operators', () => {
  test.each(CHECKS)('%s', (name) => {
    const reason = reasons[name];
    if (reason !== null) throw new Error(reason ?? 'operator_checks/ does not check this');
  });

  test('are checked in nothing else', () => {
    expect(Object.keys(reasons)).toEqual(CHECKS);
  });
});

describe('torch.ops.pse.loss gives the bits that the addon gives', () => {
  test.each([...cases, ...dtypeCases])('%s', (_, each) => {
    const { selectedMask, ...ours } = lossOf(each, each.inputs.labels, true);
    expectSameBits({ ...ours, selected_mask: selectedMask! }, each);
  });
});

describe('torch.ops.pse.loss gives the bits that the addon gives for the counts of its labels', () => {
  test.each(countedCases)('%s', (_, each) => {
    const scale = each.inputs.labels.gtTexts.shape[1]! / each.inputs.maps.shape[2]!;
    const { selectedMask, ...ours } = lossOf(each, compactLabels(each.inputs.labels, { scale }));
    expect(selectedMask).toBe(undefined);
    expectSameBits(ours, each);
  });
});

describe('torch.ops.pse.dice_loss, ohem_batch and iou give the bits of diceLoss, ohemBatch and iou', () => {
  test.each(wholeCases)('%s', (_, each) => {
    const { maps, labels } = each.inputs;
    const { gtTexts, gtKernels, trainingMasks } = labels;
    const { eps, ohemRatio } = each.options;
    const texts = channel(maps, 0);
    const last = channel(gtKernels, gtKernels.shape[1]! - 1);
    const ours = {
      dice: diceLossSync(texts, gtTexts, trainingMasks, { eps }),
      ohem: ohemBatchSync(texts, gtTexts, trainingMasks, { ohemRatio }).data,
      iou: iouSync(last, gtTexts, trainingMasks, { reduce: false }),
    };
    expectSameBits(ours, each);
  });
});

type Labels = Parameters<PSELoss['valueAndGradSync']>[1];

/** The addon's results under Python's names. */
function lossOf({ inputs, options }: BitCase, labels: Labels, returnMask = false) {
  const loss = new PSELoss({ ...options, returnMask });
  const result = loss.valueAndGradSync(inputs.maps, labels);
  const { perImage, lossPerKernel, selectedMask, grad } = result;
  expect(grad.data.some(Boolean)).toBe(true);
  return {
    loss: perImage.loss,
    loss_text: perImage.lossText,
    loss_kernels: perImage.lossKernels,
    iou_text: perImage.iouText,
    iou_kernel: perImage.iouKernel,
    loss_per_kernel: lossPerKernel.data,
    selectedMask: selectedMask?.data,
    grad: grad.data as NpyData,
  };
}

function expectSameBits(ours: Readonly<Record<string, NpyData>>, each: BitCase): void {
  const theirs = answers.get(each)!;
  const different = Object.keys(ours).filter(
    (name) => !bytesOf(ours[name]!).equals(bytesOf(arrayOf(theirs, name).data)),
  );
  expect(different).toEqual([]);
}

/** [N, C, …] → [N, …] */
function channel<D extends MapDType | LabelDType>(
  array: BatchArray<D>,
  index: number,
): BatchArray<D> {
  const [images, channels, ...sizes] = array.shape as [number, number, ...number[]];
  const plane = sizes.reduce((product, size) => product * size, 1);
  const data = array.data.slice(0, images * plane);
  for (let image = 0; image < images; image++) {
    const from = (image * channels + index) * plane;
    (data as Uint8Array).set(array.data.subarray(from, from + plane) as Uint8Array, image * plane);
  }
  return { ...array, data: data as BatchArray<D>['data'], shape: [images, ...sizes] };
}

function bytesOf({ buffer, byteOffset, byteLength }: NpyData): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
