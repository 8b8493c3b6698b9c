// The functions of an operation each, and their twins that run on the calling thread.
import { diceLoss, diceLossSync, iou, iouSync, ohemBatch, ohemBatchSync } from 'pse-loss';
import { EPS, FALLBACK, FLAG, POOL, RATIO } from './constructor';
import { cells, LABEL_DTYPES, MAP_DTYPES, type Place, zeros } from './place';
import type { Anything, PublicFunction } from './public-function';

const shape = [2, 3, 4];
const LOGITS = { data: Float32Array.from({ length: 24 }, (_, i) => (i % 7) - 3), shape };
const BITS = { data: Uint8Array.from({ length: 24 }, (_, i) => i & 1), shape };
const ONES = { data: new Uint8Array(24).fill(1), shape };

const CLASS_DTYPES = [...MAP_DTYPES, 'uint8', 'bool', 'int32', 'int64'];

/** Arrays of one shape: the second and third have to be as the first. */
function alike(
  axes: readonly string[],
  dtypes: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, Place>> {
  const [first, second] = Object.keys(dtypes) as [string, string];
  const misfit = (name: string) =>
    name === first
      ? `${second} to be [2, 3, 5], as ${first}, got [2, 3, 4]`
      : `${name} to be [2, 3, 4], as ${first}, got [2, 3, 5]`;
  return Object.fromEntries(
    Object.entries(dtypes).map(([name, list]) => {
      const own = cells('mismatch', 'ERR_PSE_SHAPE', [[zeros(2, 3, 5), misfit(name)]]);
      return [name, { kind: 'array', dtypes: list, axes, own } satisfies Place];
    }),
  );
}

type Work = (...given: Anything[]) => unknown;

function twins(
  name: string,
  [promise, sync]: readonly [Work, Work],
  given: Readonly<Record<string, unknown>>,
  places: Readonly<Record<string, Place>>,
): readonly PublicFunction[] {
  const row = (work: Work) => ({
    itself: work,
    given,
    call: (changed: Readonly<Record<string, Anything>>) =>
      work(...Object.keys(given).map((argument) => changed[argument])),
    places,
  });
  return [
    { name, promises: true, ...row(promise) },
    { name: `${name}Sync`, ...row(sync) },
  ];
}

const scores = alike(['N', 'H', 'W'], {
  scores: MAP_DTYPES,
  gtTexts: LABEL_DTYPES,
  trainingMasks: LABEL_DTYPES,
});

export const FUNCTIONS: readonly PublicFunction[] = [
  ...twins(
    'diceLoss',
    [diceLoss, diceLossSync],
    { input: LOGITS, target: BITS, mask: ONES, options: { eps: 1e-3 } },
    {
      ...alike(['N', '…'], { input: MAP_DTYPES, target: LABEL_DTYPES, mask: LABEL_DTYPES }),
      options: { kind: 'options', near: ['eps_in_numerator', 'epsInNumerator'] },
      'options.eps': EPS,
      'options.epsInNumerator': FLAG,
    },
  ),
  ...twins(
    'ohemBatch',
    [ohemBatch, ohemBatchSync],
    { scores: LOGITS, gtTexts: BITS, trainingMasks: ONES, options: { ohemRatio: 0.5 } },
    {
      ...scores,
      options: { kind: 'options', near: ['ohem-ratio', 'ohemRatio'] },
      'options.ohemRatio': RATIO,
      'options.negativePool': POOL,
      'options.fallbackMask': FALLBACK,
    },
  ),
  ...twins(
    'iou',
    [iou, iouSync],
    { a: BITS, b: ONES, mask: ONES, options: { nClass: 2 } },
    {
      ...alike(['N', '…'], { a: CLASS_DTYPES, b: CLASS_DTYPES, mask: LABEL_DTYPES }),
      options: { kind: 'options', near: ['n_class', 'nClass'] },
      'options.nClass': {
        kind: 'number',
        requirement: 'an integer from 1 to 65536',
        outside: [0, -2, 65_537, 2.5],
      },
      'options.reduce': FLAG,
    },
  ),
];
