// The constructor and its options.
import { PSELoss, presets } from 'pse-loss';
import { cells, type NumberPlace, type Place, type WordPlace } from './place';
import type { PublicFunction } from './public-function';

export const FLAG: Place = { kind: 'flag' };
export const EPS: NumberPlace = {
  kind: 'number',
  requirement: 'a finite number of at least 1e-30',
  outside: [0, -1e-6, 1e-31],
};
export const RATIO: NumberPlace = {
  kind: 'number',
  requirement: 'a finite number of at least 0',
  outside: [-1, -1e-9],
};
export const POOL: WordPlace = { kind: 'word', words: ['all', 'valid'], near: ['valids', 'valid'] };
export const FALLBACK: WordPlace = {
  kind: 'word',
  words: ['value', 'nonzero'],
  near: ['non_zero', 'nonzero'],
};

const word = (words: readonly string[], ...near: readonly [string, string]): WordPlace => ({
  ...{ kind: 'word', words, near },
});

/** In the order of a message. */
const { kernelWeight: _, ...FIRST } = new PSELoss().options;
const NAMES = [...Object.keys(FIRST), 'kernelWeight'];

const OPTIONS: Readonly<Record<string, Place>> = {
  alpha: { kind: 'number', requirement: 'a finite number from 0 to 1', outside: [-0.1, 1.1] },
  ohemRatio: RATIO,
  kernelSampleMask: word(['pred', 'gt', 'union'], 'unoin', 'union'),
  textThreshold: {
    ...word(['sigmoid-half'], 'sigmoid_half', 'sigmoid-half'),
    besides: ['a finite number'],
    applies: ['NaN'],
    own: cells(
      'NaN',
      'ERR_PSE_RANGE',
      [Number.NaN, Infinity, -Infinity].map((value) => [
        value,
        `options.textThreshold to be a finite number, got the number ${value}`,
      ]),
    ),
  },
  reduction: word(['none', 'mean', 'sum'], 'Mean', 'mean'),
  eps: EPS,
  epsInNumerator: FLAG,
  binarizeLabels: FLAG,
  fallbackMask: FALLBACK,
  kernelTrainingMask: word(['value', 'above-half'], 'above_half', 'above-half'),
  upsample: word(['nearest', 'bilinear', 'none'], 'bi-linear', 'bilinear'),
  alignCorners: FLAG,
  negativePool: POOL,
  emptyImages: word(['include', 'skip'], 'skipp', 'skip'),
  returnMask: FLAG,
  checkValues: FLAG,
  kernelWeight: {
    kind: 'number',
    requirement: 'a finite number from 0 to 1000000',
    outside: [-1, 1e7],
  },
  preset: {
    kind: 'preset',
    words: Object.keys(presets),
    besides: ['an object of options'],
    near: ['PaddleOCR', 'paddleocr'],
    applies: ['unknown option', 'conflict'],
    own: [
      ...cells('wrong type', 'ERR_PSE_TYPE', [
        [[], 'options.preset to be an object, got an array of 0 elements'],
        [new Set(), 'options.preset to be an object, got a Set'],
      ]),
      ...cells('unknown option', 'ERR_PSE_OPTION', [
        [
          { Alpha: 1 },
          'options.preset to be an object with known options only, got the option "Alpha" (did you mean \'alpha\'?)',
        ],
        [
          { preset: 'mmocr' },
          `options.preset to be an object with known options only, got the option "preset" (known are ${NAMES.join(', ')})`,
        ],
      ]),
      ...cells('conflict', 'ERR_PSE_OPTION', [
        [
          { alignCorners: true },
          "options.preset.alignCorners to be false with upsample: 'nearest', got true (it belongs to upsample: 'bilinear')",
        ],
      ]),
    ],
  },
};

export const CONSTRUCTOR: PublicFunction = {
  name: 'PSELoss',
  itself: PSELoss,
  given: { options: { reduction: 'mean' } },
  call: ({ options }) => new PSELoss(options).options,
  places: {
    options: {
      kind: 'options',
      near: ['ohem_ratio', 'ohemRatio'],
      applies: ['conflict'],
      own: cells(
        'conflict',
        'ERR_PSE_OPTION',
        ['nearest', 'none'].map((upsample) => [
          { upsample, alignCorners: true },
          `options.alignCorners to be false with upsample: '${upsample}', got true (it belongs to upsample: 'bilinear')`,
        ]),
      ),
    },
    ...Object.fromEntries(
      Object.entries(OPTIONS).map(([name, place]) => [`options.${name}`, place]),
    ),
  },
};
