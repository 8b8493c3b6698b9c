// Live parity: random batches of every option through the product, the oracle and the PyTorch port.
// One Python process answers everything, before the first test.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resolve } from '../reference/presets';
import { makeBatch, SCENES } from '../support/batch';
import { TOLERANCES } from '../support/tolerances';
import { askPython, type Case, type PythonArrays } from './cases';
import { compare, expectNone, FIVE, fromPython, type Quantity, type Row } from './differences';
import { oracleAnswer } from './oracle';
import { productAnswer } from './product';
import { report } from './report';
import { makeTrial, PRECISIONS, type Precision, type Trial, VARIANTS } from './variants';

const QUANTITIES: readonly Quantity[] = [
  'selectedMask',
  'kernelMask',
  ...FIVE,
  'lossPerKernel',
  'reduced',
  'grad',
];

const randomTrials = VARIANTS.flatMap((variant) =>
  PRECISIONS.flatMap((precision) => {
    const trials = SCENES.flatMap((scene) => makeTrial(variant, scene, precision) ?? []);
    return trials.length === 0 ? [] : [[variant.about, precision, trials] as const];
  }),
);

/** A batch of words with another text map. */
function withText(
  about: string,
  precision: Precision,
  logit: (x: number, i: number) => number,
): Trial {
  const { maps, labels } = makeBatch({ seed: 4, maps: precision });
  const [images, channels, height, width] = maps.shape as [number, number, number, number];
  const data = maps.data.slice();
  for (let image = 0; image < images; image++) {
    const start = image * channels * height * width;
    for (let i = 0; i < height * width; i++) data[start + i] = logit(data[start + i]!, i);
  }
  const name = `${about}, ${precision}`;
  const inputs = { name, maps: { data, shape: maps.shape }, labels };
  return { name, about, inputs, precision, given: {}, options: resolve({}) };
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

let port: (each: Case) => PythonArrays;

beforeAll(async () => {
  const random = randomTrials.flatMap(([, , trials]) => trials);
  const extreme = extremeTrials.map(([, trial]) => trial);
  port = await askPython('run.py', [...random, ...extreme], []);
}, 300_000);

describe('product, oracle and port agree on random batches', () => {
  test.each(randomTrials)('%s, %s maps', (option, precision, trials) => {
    const hold = (who: 'product' | 'oracle') => {
      const cases = trials.map((trial) => fromPort(trial, who));
      report({ who, against: 'port', option, precision }, cases);
      return cases.flat();
    };
    expect(trials.length).toBeGreaterThan(11);
    expectNone([...hold('product'), ...hold('oracle')]);
  });
});

describe('product, oracle and port agree on extremes', () => {
  test.each(extremeTrials)('%s', (_, trial) => {
    expectNone([...fromPort(trial, 'product'), ...fromPort(trial, 'oracle')]);
  });

  test('a NaN logit of the text map spares the kernels', () => {
    const [, trial] = extremeTrials.find(([name]) => name === 'a NaN logit, float64')!;
    const { lossText, lossKernels } = fromPython(port(trial));
    expect(Array.from(lossText!)).toEqual([Number.NaN, Number.NaN]);
    expect(Array.from(lossKernels!).filter(Number.isNaN)).toEqual([]);
  });
});

/** The product's or the oracle's differences from the port. */
function fromPort(
  trial: Trial,
  who: 'product' | 'oracle',
): (Row & { who: string; trial: string })[] {
  const tolerance = TOLERANCES[trial.precision === 'float64' ? 'float64Port' : 'float32Port'];
  const actual = who === 'product' ? productAnswer(trial) : oracleAnswer(trial);
  const { reduction } = trial.options;
  const rows = compare(actual, fromPython(port(trial)), QUANTITIES, tolerance, reduction);
  return rows.map((row) => ({ who, trial: trial.name, ...row }));
}
