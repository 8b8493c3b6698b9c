// Live parity: random batches through the product, the oracle and the PyTorch port; upstream's golden numbers through the port.
// One Python process answers everything, before the first test.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions } from 'pse-loss';
import { type Five, referenceLoss, type Values } from '../reference/pse-loss';
import { type Batch, type BatchOptions, makeBatch, SCENES } from '../support/batch';
import { largestDifference } from '../support/compare';
import { GOLDEN, goldenCases, loadGolden } from '../support/golden';
import { TOLERANCES } from '../support/tolerances';
import { arrayOf, type Case, type PythonArrays, runCases } from './cases';

const PRECISIONS = ['float32', 'float64'] as const;

const NAMES = {
  loss: 'loss',
  lossText: 'loss_text',
  lossKernels: 'loss_kernels',
  iouText: 'iou_text',
  iouKernel: 'iou_kernel',
} as const;
const VALUES = Object.keys(NAMES) as (keyof typeof NAMES)[];

type Size = Omit<BatchOptions, 'seed' | 'scene' | 'maps'>;

/** Every factor, dtype of labels, reduction and option; sizes at which no vector is full. */
const VARIANTS: readonly (readonly [Size, PSELossOptions])[] = [
  [{ images: 3 }, {}],
  [{ scale: 4, gtKernels: 7, height: 9, width: 13 }, { kernelSampleMask: 'gt' }],
  [
    { scale: 2, kernels: 3, height: 11, labels: 'float32' },
    { reduction: 'mean', eps: 1e-3 },
  ],
  [
    { scale: 1, kernels: 1, gtKernels: 2, images: 5, height: 17, width: 15 },
    { reduction: 'none', alpha: 0.5, kernelWeight: 2, ohemRatio: 1.5 },
  ],
  [
    { scale: 3, kernels: 2, images: 1, height: 10, width: 7, labels: 'float32' },
    { textThreshold: 0, ohemRatio: 0.3, alpha: 0.3 },
  ],
  [
    { scale: 8, kernels: 4, images: 4, height: 5, width: 4 },
    { textThreshold: 0.7, reduction: 'mean', alpha: 0, eps: 1e-9 },
  ],
  [
    { scale: 5, kernels: 2, height: 6, width: 6, labels: 'float32' },
    { ohemRatio: 0, reduction: 'none', alpha: 1 },
  ],
  [
    { scale: 2, kernels: 3, images: 6, height: 8, width: 8 },
    { kernelSampleMask: 'gt', ohemRatio: 1e6, kernelWeight: 0.25, reduction: 'mean' },
  ],
];

/** What a test holds against each other. */
interface Trial extends Case {
  readonly inputs: Batch;
  readonly options: PSELossOptions;
}

/** Scenes whose labels are not whole, so that they come in float32 only. */
const fractional = (scene: string) => scene === 'soft-labels' || scene === 'fractional-masks';

const randomTrials = SCENES.flatMap((scene, row) =>
  PRECISIONS.map((precision) => {
    const trials = VARIANTS.map(([{ labels, ...size }, options], column): Trial => {
      const seed = 1000 + 100 * row + column;
      const dtype = labels && !fractional(scene) && { labels };
      const inputs = makeBatch({ seed, scene, maps: precision, ...size, ...dtype });
      return { name: `${inputs.name}, ${JSON.stringify(options)}`, inputs, precision, options };
    });
    return [scene, precision, trials] as const;
  }),
);

/** A batch of words with another text map. */
function withText(
  name: string,
  precision: (typeof PRECISIONS)[number],
  logit: (x: number, i: number) => number,
): Trial {
  const { maps, labels } = makeBatch({ seed: 4, maps: precision });
  const [images, channels, height, width] = maps.shape as [number, number, number, number];
  const data = maps.data.slice();
  for (let image = 0; image < images; image++) {
    const start = image * channels * height * width;
    for (let i = 0; i < height * width; i++) data[start + i] = logit(data[start + i]!, i);
  }
  const inputs = { name, maps: { data, shape: maps.shape }, labels };
  return { name: `${name}, ${precision}`, inputs, precision, options: {} };
}

/** [name of the test, its case] */
const extremeTrials = PRECISIONS.flatMap((precision): [string, Trial][] => {
  const one = (name: string, logit: (x: number, i: number) => number): [string, Trial] => {
    const trial = withText(name, precision, logit);
    return [trial.name, trial];
  };
  const [digits, half] = precision === 'float32' ? [23, 1.5 * 2 ** -24] : [52, 1.5 * 2 ** -53];
  const step = 2 ** (Math.floor(Math.log2(half)) - digits);
  return [
    // PyTorch's sigmoid is computed here, the product's never: they agree to the last logit.
    one('logits by single steps around sigmoid-half', (_, i) => half + ((i % 9) - 4) * step),
    one('zeros of both signs', (x, i) => [0, -0, x][i % 3]!),
    one('infinite logits', (x, i) => [Infinity, -Infinity, x, x][i % 4]!),
    one('a NaN logit', (x, i) => (i === 7 ? Number.NaN : x)),
  ];
});

const goldenTrials = PRECISIONS.flatMap((precision) =>
  goldenCases.map((each) => ({
    each,
    name: `${each.file} in ${precision}`,
    inputs: join(GOLDEN, each.file),
    precision,
    options: each.options,
  })),
);

/** Each option changed, and every quantity in which that shows. */
const CHANGES: readonly [PSELossOptions, readonly string[]][] = [
  [{ alpha: 0.71 }, ['loss', 'grad']],
  [{ kernelWeight: 0.31 }, ['loss', 'grad']],
  [{ ohemRatio: 0.5 }, ['selectedMask', 'loss', 'lossText', 'grad']],
  [{ kernelSampleMask: 'gt' }, ['kernelMask', 'loss', 'lossKernels', 'lossPerKernel', 'grad']],
  [{ textThreshold: 1 }, ['kernelMask', 'loss', 'lossKernels', 'lossPerKernel', 'grad']],
  [{ eps: 1e-3 }, ['loss', 'lossText', 'lossKernels', 'lossPerKernel', 'grad']],
  [{ reduction: 'mean' }, [...VALUES, 'grad']],
];
const plain = withText('words', 'float64', (x) => x);

let answers: ReadonlyMap<Case, PythonArrays>;

beforeAll(async () => {
  const cases: Case[] = [
    plain,
    ...randomTrials.flatMap(([, , trials]) => trials),
    ...extremeTrials.map(([, trial]) => trial),
    ...goldenTrials,
  ];
  const { results } = await runCases('run.py', cases, []);
  answers = new Map(cases.map((each, i) => [each, results[i]!]));
}, 300_000);

function answerTo(each: Case): PythonArrays {
  const answer = answers.get(each);
  if (answer === undefined) throw new Error(`nobody asked for ${each.name}`);
  return answer;
}

describe('the port is upstream', () => {
  test.each(goldenTrials.map((trial) => [trial.name, trial] as const))('on %s', (_, trial) => {
    const { each, precision } = trial;
    const { float32, float64 } = loadGolden(each);
    const ofPrecision = { float32, float64 }[precision];
    // Paddle adds float32 up one after the other; its float64 is the truth for both, where they mean the same.
    const expected = each.precision_dependent ? ofPrecision : float64;
    const { value, grad } = TOLERANCES[precision === 'float64' ? 'float64Golden' : 'float32Golden'];
    const port = answerTo(trial);
    const data = (name: string) => arrayOf(port, name).data;
    const total = data('reduced').slice(0, data('reduced').length / VALUES.length);
    const sum = Array.from(total).reduce((a, b) => a + b, 0);

    expectNone([
      difference('selectedMask', data('selected_mask'), ofPrecision.selectedMask, 0),
      difference('kernelMask', data('kernel_mask'), ofPrecision.kernelMask, 0),
      ...VALUES.map((name) => difference(name, data(NAMES[name]), expected[name], value)),
      difference('total', [sum], [expected.total], value * each.ohem.length),
      difference('grad', data('grad'), expected.grad, grad * largestFinite(expected.grad)),
    ]);
  });
});

describe('product, oracle and port agree on random batches', () => {
  test.each(randomTrials)('%s, %s maps', (_scene, _precision, trials) => {
    expectNone(trials.flatMap(differences));
  });
});

describe('product, oracle and port agree on extremes', () => {
  test.each(extremeTrials)('%s', (_, trial) => {
    expectNone(differences(trial));
  });

  test('a NaN logit of the text map spares the kernels', () => {
    const [, trial] = extremeTrials.find(([name]) => name === 'a NaN logit, float64')!;
    const { loss_text, loss_kernels } = answerTo(trial);
    expect(Array.from(loss_text!.data)).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(loss_kernels!.data).filter(Number.isNaN)).toEqual([]);
  });
});

describe('the comparison notices', () => {
  const { maps, labels } = plain.inputs;
  const exceeding = (actual: Computed) =>
    fromPort(plain, 'oracle', actual)
      .filter(exceeds)
      .map(({ quantity }) => quantity.replace(' per image', ''));

  test.each(CHANGES)('a port that was not told %j', (options, quantities) => {
    const found = exceeding(referenceLoss(maps, labels, options));
    expect([...new Set(found)]).toEqual(quantities);
  });

  test('one pixel of a mask, and a gradient that is off by 1e-10', () => {
    const bent = referenceLoss(maps, labels);
    bent.kernelMask.data[100] = 1 - bent.kernelMask.data[100]!;
    bent.grad.data[50]! += 1e-10;
    expect(fromPort(plain, 'oracle', bent).filter(exceeds)).toMatchObject([
      { quantity: 'kernelMask', largest: 1, at: 100 },
      { quantity: 'grad', at: 50 },
    ]);
    expect(exceeding(referenceLoss(maps, labels))).toEqual([]);
  });
});

/** How far a quantity is from what it should be. */
interface Row {
  readonly quantity: string;
  readonly largest: number;
  readonly at: number;
  readonly allowed: number;
}

function difference(
  quantity: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
): Row {
  const { largest, index } = largestDifference(actual, expected);
  return { quantity, largest, at: index, allowed };
}

const exceeds = ({ largest, allowed }: Row) => !(largest <= allowed);

/** Fails with everything that is too far off: what, by how much, where. */
function expectNone(rows: readonly Row[]): void {
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(exceeds)).toEqual([]);
}

/** What product and oracle both return. */
interface Computed extends Five<number | ArrayLike<number>> {
  readonly perImage: Five<ArrayLike<number>>;
  readonly lossPerKernel: Values;
  readonly selectedMask?: Values;
  /** the oracle's alone */
  readonly kernelMask?: Values;
  readonly grad: Values;
}

/** The product's and the oracle's differences from the port. */
function differences(trial: Trial) {
  const { inputs, options } = trial;
  const loss = new PSELoss({ ...options, returnMask: true });
  return [
    ...fromPort(trial, 'product', loss.valueAndGradSync(inputs.maps, inputs.labels)),
    ...fromPort(trial, 'oracle', referenceLoss(inputs.maps, inputs.labels, options)),
  ];
}

/** Masks exactly; values absolutely, and gradients relative to the largest. */
function fromPort(trial: Trial, who: 'product' | 'oracle', actual: Computed) {
  const port = answerTo(trial);
  const { value, grad } = TOLERANCES[trial.precision === 'float64' ? 'float64Port' : 'float32Port'];
  const images = trial.inputs.maps.shape[0]!;
  const { reduction } = trial.options;

  const array = (quantity: string, ours: Values | undefined, name: string, allowed: number) => {
    const { data, shape } = arrayOf(port, name);
    expect({ quantity, shape: ours?.shape }).toEqual({ quantity, shape });
    return difference(quantity, ours!.data, data, allowed);
  };
  const reduced = arrayOf(port, 'reduced').data;
  const length = reduction === 'none' ? images : 1;
  expect(reduced.length).toBe(VALUES.length * length);
  const rows = [
    array('selectedMask', actual.selectedMask, 'selected_mask', 0),
    ...(who === 'oracle' ? [array('kernelMask', actual.kernelMask, 'kernel_mask', 0)] : []),
    ...VALUES.flatMap((name, row) => {
      const expected = reduced.slice(row * length, (row + 1) * length);
      const ours = actual[name];
      const within = value * ((reduction ?? 'sum') === 'sum' ? images : 1);
      return [
        difference(
          `${name} per image`,
          actual.perImage[name],
          arrayOf(port, NAMES[name]).data,
          value,
        ),
        difference(name, typeof ours === 'number' ? [ours] : ours, expected, within),
      ];
    }),
    array('lossPerKernel', actual.lossPerKernel, 'loss_per_kernel', value),
    array('grad', actual.grad, 'grad', grad * largestFinite(arrayOf(port, 'grad').data)),
  ];
  return rows.map((row) => ({ who, trial: trial.name, ...row }));
}

/** The largest absolute value; NaN and infinities are compared exactly, so they set no measure. */
function largestFinite(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  return largest;
}
