// `npm run parity:paddle`: the port held against the same loss on Paddle's own operators, on random batches of every option that
// PaddleOCR's class has, and on the inputs of its golden numbers. Jest runs this file only when it is named: Paddle is large.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resolve } from '../../reference/presets';
import type { ReferenceOptions } from '../../reference/pse-loss';
import { SCENES, type Scene } from '../../support/batch';
import { GOLDEN, type GoldenCase, goldenCases, loadGolden } from '../../support/golden';
import { TOLERANCES } from '../../support/tolerances';
import { askPython, type Case, type PythonArrays } from '../cases';
import { compare, expectNone, fromPython, QUANTITIES, type Quantity } from '../differences';
import { report } from '../report';
import { makeTrial, PRECISIONS, type Precision, type Trial, type Variant } from '../variants';

const SIZE = { kernels: 3, gtKernels: 4, images: 3, height: 11, width: 9 };
const VARIANTS: readonly (readonly [string, ReferenceOptions])[] = [
  ['defaults', {}],
  ['kernelSampleMask gt', { kernelSampleMask: 'gt' }],
  ['ohemRatio 1.5', { ohemRatio: 1.5 }],
  ['ohemRatio .1', { ohemRatio: 0.1 }],
  ['ohemRatio 0', { ohemRatio: 0 }],
  ['alpha .3', { alpha: 0.3 }],
  ['eps 1e-3', { eps: 1e-3 }],
  ['reduction mean', { reduction: 'mean' }],
  ['reduction none', { reduction: 'none' }],
];

/** Paddle's sigmoid of 1.5·2⁻²⁴ is one half or more, depending on where in an array it stands: see the last test. */
function isUndecided(scene: Scene, precision: Precision, { kernelSampleMask }: ReferenceOptions) {
  return scene === 'near-threshold' && precision === 'float32' && kernelSampleMask !== 'gt';
}

const groups = VARIANTS.flatMap(([about, given]) =>
  PRECISIONS.map((precision) => {
    const variant: Variant = { about, size: SIZE, given };
    const scenes = SCENES.filter((scene) => !isUndecided(scene, precision, given));
    const trials = scenes.flatMap((scene) => makeTrial(variant, scene, precision) ?? []);
    return { about, precision, trials };
  }),
);

interface GoldenTrial extends Case {
  readonly each: GoldenCase;
  readonly precision: Precision;
  readonly options: Trial['options'];
}

const goldenTrials = PRECISIONS.flatMap((precision) =>
  goldenCases('paddleocr', 'paddleocr-2.4').map(
    (each): GoldenTrial => ({
      each,
      name: `${each.file} in ${precision}`,
      inputs: join(GOLDEN, each.file),
      precision,
      options: resolve(each.options),
    }),
  ),
);

const undecided = makeTrial(
  { about: 'defaults', size: SIZE, given: {} },
  'near-threshold',
  'float32',
)!;

const EVERYTHING: readonly Quantity[] = QUANTITIES.filter(
  (name) => !['total', 'weightedText', 'weightedKernels'].includes(name),
);

let paddle: (each: Case) => PythonArrays;
let port: (each: Case) => PythonArrays;

beforeAll(async () => {
  const cases = [...groups.flatMap(({ trials }) => trials), ...goldenTrials, undecided];
  port = await askPython('run.py', cases, []);
  paddle = await askPython('paddle/run.py', cases, [], runPaddle);
}, 600_000);

async function runPaddle(script: string, args: readonly string[]): Promise<string> {
  const python = process.env.PSE_PADDLE_PYTHON;
  if (!python) throw new Error('PSE_PADDLE_PYTHON names no Python: run `npm run parity:paddle`');
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)(python, [script, ...args], {
    env,
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

/** The port's differences from Paddle. */
function differences(each: Case & { readonly options: Trial['options'] }) {
  const tolerance = TOLERANCES[each.precision === 'float64' ? 'float64Port' : 'float32Paddle'];
  const rows = compare(
    fromPython(port(each)),
    fromPython(paddle(each)),
    EVERYTHING,
    tolerance,
    each.options.reduction,
  );
  return rows.map((row) => ({ trial: each.name, ...row }));
}

describe('the port agrees with Paddle on random batches', () => {
  test.each(groups.map((group) => [group.about, group.precision, group] as const))(
    '%s, %s maps',
    (option, precision, { trials }) => {
      const cases = trials.map(differences);
      report({ who: 'port', against: 'Paddle 3.3.1', option, precision }, cases);
      expect(cases.length).toBeGreaterThan(SCENES.length - 2);
      expectNone(cases.flat());
    },
  );
});

describe('on the inputs of the golden numbers', () => {
  test.each(goldenTrials.map((trial) => [trial.name, trial] as const))('%s', (_name, trial) => {
    const { each, precision } = trial;
    const rows = differences(trial);
    report(
      { who: 'port', against: 'Paddle 3.3.1', option: `golden inputs, ${each.preset}`, precision },
      [rows],
    );
    expectNone(rows);

    // And Paddle, called so, gives what PaddleOCR's own class gave.
    const { total: _, ...expected } = loadGolden(each)[precision];
    const quantities = EVERYTHING.filter((name) => name in expected);
    const tolerance = TOLERANCES[precision === 'float64' ? 'float64Golden' : 'float32Paddle'];
    expectNone(compare(fromPython(paddle(trial)), expected, quantities, tolerance, 'none'));
  });
});

test('in float32 they differ about one logit alone: where a sigmoid rounds to one half, or just not', () => {
  const [ours, theirs] = [fromPython(port(undecided)), fromPython(paddle(undecided))];
  expect(theirs.selectedMask).toEqual(ours.selectedMask);
  const pixels = Array.from(ours.kernelMask!, (_, at) => at);
  const different = pixels.filter((at) => ours.kernelMask![at] !== theirs.kernelMask![at]);
  expect(different.map(logitAt).filter((logit) => logit !== 1.5 * 2 ** -24)).toEqual([]);

  /** The text logit of a pixel [n, y, x]. */
  function logitAt(at: number): number {
    const { maps, labels } = undecided.inputs;
    const [, channels, height, width] = maps.shape as [number, number, number, number];
    const [, labelHeight, labelWidth] = labels.gtTexts.shape as [number, number, number];
    const scale = labelWidth / width;
    const image = Math.floor(at / (labelHeight * labelWidth));
    const y = Math.floor((Math.floor(at / labelWidth) % labelHeight) / scale);
    const x = Math.floor((at % labelWidth) / scale);
    return maps.data[(image * channels * height + y) * width + x]!;
  }
});
