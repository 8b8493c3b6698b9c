// Live parity with upstream's own unmodified files, from their wheels: the port, and the product, held against them on
// random batches of every option that they have; and the golden numbers, computed once more.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { resolve } from '../reference/presets';
import { SCENES } from '../support/batch';
import { expectClose } from '../support/compare';
import { GOLDEN, type GoldenCase, goldenCases, loadGolden } from '../support/golden';
import type { NpyArray } from '../support/npz';
import { TOLERANCES } from '../support/tolerances';
import { askPython, type Case, type PythonArrays } from './cases';
import {
  type Answer,
  compare,
  exceeds,
  expectNone,
  fromPython,
  type Quantity,
  type Row,
  weighted,
} from './differences';
import { productAnswer } from './product';
import { report } from './report';
import {
  standsFor,
  toldUpstream,
  UPSTREAM_VARIANTS,
  UPSTREAMS,
  type Upstream,
} from './upstream-variants';
import { makeTrial, PRECISIONS, type Precision, type Trial } from './variants';

/** Everything that upstream says of a batch. */
const SAID: readonly Quantity[] = [
  'selectedMask',
  'kernelMask',
  'loss',
  'lossText',
  'lossPerKernel',
  'weightedText',
  'weightedKernels',
  'total',
  'grad',
];

interface Group {
  readonly upstream: Upstream;
  readonly about: string;
  readonly precision: Precision;
  readonly trials: readonly Trial[];
}

const groups = UPSTREAMS.flatMap((upstream) =>
  UPSTREAM_VARIANTS[upstream].flatMap((variant) =>
    PRECISIONS.map((precision): Group => {
      const trials = SCENES.filter((scene) => standsFor(variant, scene, precision)).flatMap(
        (scene) => makeTrial(variant, scene, precision) ?? [],
      );
      return { upstream, about: variant.about, precision, trials };
    }),
  ),
);

/** Golden cases that upstream's file cannot speak for, with the reason; it gives other numbers there. */
const CANNOT: Readonly<Record<string, string>> = {
  'paddleocr/soft-labels': 'it makes labels binary',
  'psenet/soft-labels': 'it makes labels binary',
  'psenet-py2/soft-labels': 'it makes labels binary',
  'paddleocr/infinities': 'it interpolates at equal size too, where an infinity times 0 is NaN',
};
/** The same in float32 alone. */
const CANNOT_IN_FLOAT32: Readonly<Record<string, string>> = {
  'paddleocr/sigmoid-half': 'it compares logits with 0, not their sigmoids with one half',
  'psenet-py2/sigmoid-half': 'it compares logits with 0, not their sigmoids with one half',
};

interface GoldenTrial extends Case {
  readonly each: GoldenCase;
  readonly upstream: Upstream;
  readonly precision: Precision;
  readonly options: Trial['options'];
  readonly cannot: boolean;
}

const goldenTrials = PRECISIONS.flatMap((precision) =>
  goldenCases().map((each): GoldenTrial => {
    const id = `${each.preset}/${each.case}`;
    return {
      each,
      name: `${each.file} in ${precision}`,
      upstream: each.preset === 'mmocr-0.x' ? 'mmocr 0.6.3' : 'mmocr 1.0.1',
      precision,
      cannot: id in CANNOT || (precision === 'float32' && id in CANNOT_IN_FLOAT32),
      inputs: join(GOLDEN, each.file),
      options: toldUpstream(resolvedOf(each)),
    };
  }),
);

/** The index says what is summed where nothing is reduced; upstream always reduces. */
function resolvedOf({ options }: GoldenCase): Trial['options'] {
  const { reduction, ...others } = resolve(options);
  return { ...others, reduction: reduction === 'none' ? 'sum' : reduction };
}

let port: (each: Case) => PythonArrays;
const upstreams = {} as Record<Upstream, (each: Case) => PythonArrays>;

beforeAll(async () => {
  await Promise.all(UPSTREAMS.map(askUpstream));
  port = await askPython(
    'run.py',
    groups.flatMap(({ trials }) => trials),
    [],
  );
}, 300_000);

async function askUpstream(name: Upstream) {
  const trials = groups
    .filter(({ upstream }) => upstream === name)
    .flatMap((group) => group.trials);
  const golden = goldenTrials.filter(({ upstream }) => upstream === name);
  const told = new Map(
    trials.map((trial) => [trial, { ...trial, options: toldUpstream(trial.options) }]),
  );
  const answer = await askPython('upstream.py', [...told.values(), ...golden], [name]);
  upstreams[name] = (each) => answer(told.get(each as Trial) ?? each);
}

describe.each(UPSTREAMS)('%s', (name) => {
  const ofName = groups
    .filter(({ upstream }) => upstream === name)
    .map((group) => [group.about, group.precision, group] as const);

  test.each(ofName)('%s, %s maps', (_about, _precision, group) => {
    const { trials, precision } = group;
    expect(trials.length).toBeGreaterThan(8);
    const tolerance = TOLERANCES[precision === 'float64' ? 'float64Port' : 'float32Port'];
    const hold = (who: string, actual: (trial: Trial) => Answer) => {
      const cases = trials.map((trial) => {
        const { options } = trial;
        const answer = weighted(actual(trial), options);
        const expected = fromPython(upstreams[name](trial));
        const rows = compare(answer, expected, SAID, tolerance, options.reduction);
        return rows.map((row) => ({ who, trial: trial.name, ...row }));
      });
      report({ who, against: name, option: group.about, precision }, cases);
      return cases.flat();
    };
    const rows = [
      ...hold('port', (trial) => fromPython(port(trial))),
      ...hold('product', productAnswer),
    ];
    expectNone(rows);
  });
});

describe('upstream, run live, gives the golden numbers', () => {
  const named = (trials: readonly GoldenTrial[]) =>
    trials.map((trial) => [trial.name, trial] as const);
  const can = goldenTrials.filter(({ cannot }) => !cannot);

  test.each(named(can))('%s', (_, trial) => {
    const { upstream, precision, each } = trial;
    const rows = againstGolden(trial);
    report({ who: upstream, against: 'golden numbers', option: each.preset, precision }, [rows]);
    expectNone(rows);
  });

  test.each(named(goldenTrials.filter(({ cannot }) => cannot)))('but not %s', (_, trial) => {
    expect(againstGolden(trial).filter(exceeds)).not.toEqual([]);
  });

  test('of all its own cases', () => {
    const count = (preset: string) => can.filter(({ each }) => each.preset === preset).length;
    expect({ mmocr: count('mmocr'), 'mmocr-0.x': count('mmocr-0.x') }).toEqual({
      mmocr: 2 * goldenCases('mmocr').length,
      'mmocr-0.x': 2 * goldenCases('mmocr-0.x').length,
    });
  });

  function againstGolden(trial: GoldenTrial): Row[] {
    const { each, precision, options, upstream } = trial;
    const { float32, float64 } = loadGolden(each);
    // In float64 what upstream computed once is the truth for both, where they mean the same.
    const { total, ...expected } =
      precision === 'float32' && each.precision_dependent ? float32 : float64;
    return compare(
      fromPython(upstreams[upstream](trial)),
      { ...expected, total: [total] },
      ['selectedMask', 'kernelMask', 'loss', 'lossText', 'total', 'grad'],
      TOLERANCES[precision === 'float64' ? 'float64Golden' : 'float32Golden'],
      options.reduction,
    );
  }
});

test("mmocr 1.0.1's sum is its mean", () => {
  const trials = groups
    .filter(({ upstream, about }) => upstream === 'mmocr 1.0.1' && about === 'reduction sum')
    .flatMap((group) => group.trials);
  expect(trials.length).toBe(2 * SCENES.length);
  for (const trial of trials) {
    const { returned, weighted_text, weighted_kernels } = upstreams['mmocr 1.0.1'](trial);
    const mean = ({ data }: NpyArray) => Array.from(data).reduce((a, b) => a + b, 0) / data.length;
    expectClose(trial.name, returned!.data, [weighted_text!, weighted_kernels!].map(mean), 1e-6);
  }
});
