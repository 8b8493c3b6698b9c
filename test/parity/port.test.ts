// The port by itself: it gives upstream's golden numbers, of every preset; and who is held against it is told of every option
// that differs.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ReferenceOptions } from '../reference/pse-loss';
import type { Scene } from '../support/batch';
import { GOLDEN, goldenCases, loadGolden } from '../support/golden';
import { TOLERANCES } from '../support/tolerances';
import { askPython, type Case, type PythonArrays } from './cases';
import {
  type Answer,
  compare,
  exceeds,
  expectNone,
  FIVE,
  fromPython,
  type Quantity,
} from './differences';
import { oracleAnswer } from './oracle';
import { report } from './report';
import { makeTrial, PRECISIONS, type Precision, type Trial } from './variants';

const goldenTrials = PRECISIONS.flatMap((precision) =>
  goldenCases().map((each) => ({
    each,
    name: `${each.file} in ${precision}`,
    inputs: join(GOLDEN, each.file),
    precision,
    options: each.options,
  })),
);

/** One scene under options. */
function plain(given: ReferenceOptions, scene: Scene, precision: Precision = 'float64'): Trial {
  const size = { images: 3 };
  return makeTrial({ about: 'plain', size, given }, scene, precision)!;
}

const EVERYTHING: readonly Quantity[] = [
  'kernelMask',
  'selectedMask',
  ...FIVE,
  'lossPerKernel',
  'reduced',
  'grad',
];
const KERNELS = ['lossKernels', 'lossPerKernel'] as const;
/** Each option changed, every quantity in which that shows beside the loss, and the scene and options on which it does. */
const CHANGES: readonly [ReferenceOptions, readonly Quantity[], Scene?, ReferenceOptions?][] = [
  [{ alpha: 0.71 }, []],
  [{ kernelWeight: 0.31 }, []],
  [{ ohemRatio: 0.5 }, ['selectedMask', 'lossText']],
  [{ kernelSampleMask: 'gt' }, ['kernelMask', ...KERNELS]],
  [{ kernelSampleMask: 'union' }, ['kernelMask', ...KERNELS]],
  [{ textThreshold: 1 }, ['kernelMask', ...KERNELS]],
  [{ eps: 1e-3 }, ['lossText', ...KERNELS]],
  [{ epsInNumerator: true }, ['lossText', ...KERNELS]],
  [{ binarizeLabels: true }, ['lossText', ...KERNELS, 'iouText', 'iouKernel'], 'soft-labels'],
  [{ kernelTrainingMask: 'above-half' }, ['kernelMask', ...KERNELS], 'fractional-masks'],
  [{ negativePool: 'valid' }, ['selectedMask', 'lossText'], 'greedy-ignored'],
  [
    { emptyImages: 'skip' },
    ['lossText', ...KERNELS, 'iouText'],
    'some-empty',
    { reduction: 'mean' },
  ],
  [
    { upsample: 'bilinear' },
    ['selectedMask', 'kernelMask', 'lossText', ...KERNELS, 'iouText', 'iouKernel'],
  ],
  [
    { alignCorners: true },
    ['selectedMask', 'kernelMask', 'lossText', ...KERNELS, 'iouText', 'iouKernel'],
    'words',
    { upsample: 'bilinear' },
  ],
];
/** The two that the loss of an image does not feel: where OHEM falls back, no text is learned. */
const WITHOUT_LOSS: typeof CHANGES = [
  [{ reduction: 'mean' }, ['reduced', 'grad']],
  [{ fallbackMask: 'nonzero' }, ['selectedMask'], 'fractional-masks'],
];
const changedTrials = [
  ...CHANGES.map(([change, quantities, ...rest]) => {
    const all: readonly Quantity[] = ['loss', 'reduced', 'grad', ...quantities];
    return [change, all, ...rest] as const;
  }),
  ...WITHOUT_LOSS,
].map(([change, quantities, scene = 'words', given = {}]) => ({
  change,
  quantities,
  before: plain(given, scene),
  after: plain({ ...given, ...change }, scene),
}));

let port: (each: Case) => PythonArrays;

beforeAll(async () => {
  const changed = changedTrials.flatMap(({ before, after }) => [before, after]);
  port = await askPython('run.py', [...goldenTrials, ...changed], []);
}, 300_000);

describe('the port is upstream', () => {
  test.each(goldenTrials.map((trial) => [trial.name, trial] as const))('on %s', (_, trial) => {
    const { each, precision } = trial;
    const { float32, float64 } = loadGolden(each);
    const ofPrecision = { float32, float64 }[precision];
    // Paddle adds float32 up one after the other; its float64 is the truth for both, where they mean the same.
    const { total, ...values } = each.precision_dependent ? ofPrecision : float64;
    const tolerance = TOLERANCES[precision === 'float64' ? 'float64Golden' : 'float32Golden'];
    const answer = fromPython(port(trial));
    const reduced = Array.from(answer.reduced!);
    const sum = reduced.slice(0, reduced.length / FIVE.length).reduce((a, b) => a + b, 0);
    const { selectedMask, kernelMask } = ofPrecision;
    const rows = compare(
      { ...answer, total: [sum] },
      { ...values, selectedMask, kernelMask, total: [total] },
      ['selectedMask', 'kernelMask', ...FIVE.filter((name) => values[name]), 'total', 'grad'],
      tolerance,
      each.options.reduction === 'mean' ? 'mean' : 'sum',
    );
    report({ who: 'port', against: 'golden numbers', option: each.preset, precision }, [rows]);
    expectNone(rows);
  });
});

describe('the comparison notices', () => {
  const exceeding = (actual: Answer, expected: Trial) =>
    compare(actual, fromPython(port(expected)), EVERYTHING, TOLERANCES.float64Port, 'sum').filter(
      exceeds,
    );

  test.each(changedTrials.map((each) => [each.change, each] as const))(
    'a port that was not told %j',
    (_, { quantities, before, after }) => {
      const found = exceeding(oracleAnswer(after), before).map(({ quantity }) => quantity);
      expect(found).toEqual(EVERYTHING.filter((quantity) => quantities.includes(quantity)));
      expect(exceeding(oracleAnswer(after), after)).toEqual([]);
    },
  );

  test('one pixel of a mask, and a gradient that is off by 1e-10', () => {
    const [{ before }] = changedTrials as [(typeof changedTrials)[number]];
    const bent = oracleAnswer(before) as { kernelMask: Float64Array; grad: Float64Array };
    bent.kernelMask[100] = 1 - bent.kernelMask[100]!;
    bent.grad[50]! += 1e-10;
    expect(exceeding(bent, before)).toMatchObject([
      { quantity: 'kernelMask', largest: 1, at: 100, pixels: 1 },
      { quantity: 'grad', at: 50 },
    ]);
  });
});
