// libpse_ops as PyTorch users load it: the same bits as the addon gives, and PyTorch's own checks of an operator.
// One Python process loads the library, answers the batches, and tries everything in operators.py.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { type Batch, makeBatch } from '../support/batch';
import type { NpyData } from '../support/npz';
import { arrayOf, type Case, type PythonArrays, runCases } from './cases';

/** What operators.py checks; a check that is there and not here, or here and not there, fails. */
const CHECKS = [
  'have the schemas that are written down',
  'pass opcheck: pse::loss',
  'pass opcheck: pse::_loss_forward and pse::_loss_backward',
  'pass gradcheck in float64',
  'differentiate each part by its own weight',
  'refuse a second derivative in words',
  'give gradients to the losses alone',
  'give no gradient to labels',
  'return no memory of an input',
  'know shapes and dtypes without data',
  'widen half maps to float32',
  'read labels of every dtype alike',
  'read strided inputs alike',
  'give the same bits on one thread and on two',
  'refuse inputs that were modified before backward',
  'can be traced whole, forward and backward',
  'refuse in words what does not fit together',
] as const;

interface BitCase extends Case {
  readonly inputs: Batch;
  readonly options: PSELossOptions;
}

const cases = (['float32', 'float64'] as const).flatMap((precision) => {
  const one = (options: PSELossOptions, inputs: Batch): BitCase => ({
    name: `${inputs.name}, ${JSON.stringify(options)}`,
    inputs,
    precision,
    options,
  });
  const maps = precision;
  return [
    one({}, makeBatch({ seed: 1, maps, images: 3 })),
    one({ kernelSampleMask: 'gt' }, makeBatch({ seed: 2, maps, gtKernels: 7, labels: 'float32' })),
    one(
      { alpha: 0.3, kernelWeight: 1.1, ohemRatio: 0.7, textThreshold: 0.1, eps: 1e-3 },
      makeBatch({ seed: 3, maps, scene: 'noise', images: 5, kernels: 2, scale: 3, height: 7 }),
    ),
    one({}, makeBatch({ seed: 4, maps, scene: 'soft-labels', scale: 1, height: 31, width: 17 })),
    one({}, makeBatch({ seed: 5, maps, scene: 'fractional-masks', images: 3, scale: 2 })),
    one({}, makeBatch({ seed: 6, maps, scene: 'ties', kernels: 1 })),
    one({}, makeBatch({ seed: 7, maps, scene: 'large-logits' })),
    // Large enough for every thread.
    one({}, makeBatch({ seed: 8, maps, kernels: 2, height: 60, width: 70 })),
  ];
});

let answers: ReadonlyMap<BitCase, PythonArrays>;
let reasons: Readonly<Record<string, string | null>>;

beforeAll(async () => {
  const { printed, results } = await runCases('operators.py', cases, [findLibrary()]);
  answers = new Map(cases.map((each, i) => [each, results[i]!]));
  reasons = JSON.parse(printed) as Record<string, string | null>;
}, 300_000);

/** The one that the set-up built. */
function findLibrary(): string {
  const folder = join(__dirname, '../../build/Release');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const [library, ...others] = names.filter((name) => /^libpse_ops-.*\.so$/.test(name));
  if (library === undefined || others.length > 0) {
    throw new Error(`${folder} holds ${names.join(', ') || 'nothing'}: run \`npm run setup\``);
  }
  return join(folder, library);
}

describe('the operators', () => {
  test.each(CHECKS)('%s', (name) => {
    const reason = reasons[name];
    if (reason !== null) throw new Error(reason ?? 'operators.py does not check this');
  });

  test('are checked in nothing else', () => {
    expect(Object.keys(reasons)).toEqual(CHECKS);
  });
});

describe('torch.ops.pse.loss gives the bits that the addon gives', () => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
    const { inputs, options } = each;
    const loss = new PSELoss({ ...options, returnMask: true });
    const { perImage, lossPerKernel, selectedMask, grad } = loss.valueAndGradSync(
      inputs.maps,
      inputs.labels,
    );
    const ours: Record<string, NpyData> = {
      loss: perImage.loss,
      loss_text: perImage.lossText,
      loss_kernels: perImage.lossKernels,
      iou_text: perImage.iouText,
      iou_kernel: perImage.iouKernel,
      loss_per_kernel: lossPerKernel.data,
      selected_mask: selectedMask!.data,
      grad: grad.data,
    };
    const theirs = answers.get(each)!;
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(ours).sort());
    const different = Object.keys(ours).filter(
      (name) => !bytesOf(ours[name]!).equals(bytesOf(arrayOf(theirs, name).data)),
    );
    expect(different).toEqual([]);
    expect(grad.data.some(Boolean)).toBe(true);
  });
});

function bytesOf({ buffer, byteOffset, byteLength }: NpyData): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
