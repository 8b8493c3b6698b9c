// The calls of a loss: with labels as pixels, and with compact labels.
import { compactLabels, PSELoss } from 'pse-loss';
import { LABELS, MAPS } from '../call';
import { FLAG } from './constructor';
import { type ArrayPlace, cells, LABEL_DTYPES, MAP_DTYPES, type Place, zeros } from './place';
import type { PublicFunction } from './public-function';

// Of N = 2, K = 3, h × w = 2 × 3, s = 4.
const maps: ArrayPlace = {
  kind: 'array',
  dtypes: MAP_DTYPES,
  axes: ['N', 'C', 'h', 'w'],
  own: cells('mismatch', 'ERR_PSE_SHAPE', [
    ...[1, 0].map(
      (channels) =>
        [
          zeros(2, channels, 2, 3),
          `maps to be [N, C, h, w] with C ≥ 2, got [2, ${channels}, 2, 3] (channel 0 is the text map, the rest are kernels)`,
        ] as const,
    ),
    [zeros(2, 4, 0, 3), 'maps to be [N, C, h, w] with pixels, got [2, 4, 0, 3]'],
  ]),
};

const fitting = 'labels.gtTexts to be [2, s·2, s·3] with one integer s ≥ 1, got';
const kernels = 'labels.gtKernels to be [2, Kg, 8, 12] with Kg ≥ 3, got';
const anySize = "upsample: 'bilinear' takes any size";
const threeKernels = 'maps of 4 channels have 3 kernels';

export const GT_TEXTS: ArrayPlace = {
  kind: 'array',
  dtypes: LABEL_DTYPES,
  axes: ['N', 'H', 'W'],
  own: cells('mismatch', 'ERR_PSE_SHAPE', [
    [zeros(1, 8, 12), 'labels.gtTexts to be [2, H, W], as maps has N = 2, got [1, 8, 12]'],
    [
      zeros(2, 7, 12),
      `${fitting} [2, 7, 12] (maps of 2×3 fit labels of 6×9 at s = 3 or 8×12 at s = 4; ${anySize})`,
    ],
    [
      zeros(2, 12, 8),
      `${fitting} [2, 12, 8] (maps of 2×3 fit labels of 4×6 at s = 2 or 12×18 at s = 6; ${anySize})`,
    ],
    [zeros(2, 1, 1), `${fitting} [2, 1, 1] (maps of 2×3 fit labels of 2×3 at s = 1; ${anySize})`],
    [zeros(2, 0, 0), `${fitting} [2, 0, 0] (maps of 2×3 fit labels of 2×3 at s = 1)`],
  ]),
};
export const GT_KERNELS: ArrayPlace = {
  kind: 'array',
  dtypes: LABEL_DTYPES,
  axes: ['N', 'Kg', 'H', 'W'],
  own: cells('mismatch', 'ERR_PSE_SHAPE', [
    [zeros(2, 1, 8, 12), `${kernels} [2, 1, 8, 12] (${threeKernels})`],
    [zeros(2, 0, 8, 12), `${kernels} [2, 0, 8, 12] (${threeKernels})`],
    [zeros(2, 3, 2, 3), `${kernels} [2, 3, 2, 3] (${threeKernels})`],
    [zeros(3, 3, 8, 12), `${kernels} [3, 3, 8, 12] (${threeKernels})`],
  ]),
};
export const TRAINING_MASKS: ArrayPlace = {
  kind: 'array',
  dtypes: LABEL_DTYPES,
  axes: ['N', 'H', 'W'],
  own: cells('mismatch', 'ERR_PSE_SHAPE', [
    [zeros(2, 2, 3), 'labels.trainingMasks to be [2, 8, 12], as labels.gtTexts, got [2, 2, 3]'],
    [zeros(0, 8, 12), 'labels.trainingMasks to be [2, 8, 12], as labels.gtTexts, got [0, 8, 12]'],
  ]),
};

const PIXELS: Readonly<Record<string, Place>> = {
  maps,
  labels: { kind: 'labels' },
  'labels.gtTexts': GT_TEXTS,
  'labels.gtKernels': GT_KERNELS,
  'labels.trainingMasks': TRAINING_MASKS,
};

const counts = (...shape: readonly number[]) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { data: new Uint8Array(length), shape };
};
const version = (got: string) =>
  `labels.version to be the number 1, got ${got} (compactLabels of this release makes labels that it reads)`;

const COUNTS: Readonly<Record<string, Place>> = {
  maps: {
    ...maps,
    own: [
      ...(maps.own ?? []),
      ...cells('mismatch', 'ERR_PSE_SHAPE', [
        [
          zeros(2, 6, 2, 3),
          'labels.kernels to be at least 5, got 3 (maps of 6 channels have 5 kernels)',
        ],
        [
          zeros(2, 4, 8, 12),
          'labels.counts to be [2, 3 + 2Kg, 8, 12], as maps are [2, 4, 8, 12], got [2, 9, 2, 3] (compactLabels with scale: 1 makes them fit)',
        ],
      ]),
    ],
  },
  labels: {
    kind: 'labels',
    applies: ['conflict'],
    own: cells('conflict', 'ERR_PSE_OPTION', [
      [
        compactLabels(LABELS, { scale: 4, binarizeLabels: true }),
        'labels to be made with binarizeLabels: false, as the loss has it, got compact labels made with binarizeLabels: true',
      ],
    ]),
  },
  'labels.version': {
    kind: 'own',
    applies: ['wrong type', 'range'],
    own: [
      ...cells('wrong type', 'ERR_PSE_TYPE', [
        [undefined, version('nothing')],
        ['1', version('the string "1"')],
      ]),
      ...cells('range', 'ERR_PSE_VALUE', [
        [2, version('the number 2')],
        [Number.NaN, version('the number NaN')],
      ]),
    ],
  },
  'labels.scale': {
    kind: 'number',
    requirement: 'an integer from 1 to 255',
    outside: [0, -4, 256, 1.5],
    required: true,
  },
  'labels.kernels': {
    kind: 'number',
    requirement: 'an integer of at least 1',
    outside: [0, -1, 2.5],
    required: true,
  },
  'labels.binarizeLabels': FLAG,
  'labels.counts': {
    kind: 'array',
    dtypes: ['uint8'],
    axes: ['N', '9', 'h', 'w'],
    own: cells('mismatch', 'ERR_PSE_SHAPE', [
      [
        counts(2, 8, 2, 3),
        'labels.counts to be [N, 9, h, w], 3 + 2 · kernels channels, got [2, 8, 2, 3]',
      ],
      [
        counts(1, 9, 2, 3),
        'labels.counts to be [2, 3 + 2Kg, 2, 3], as maps are [2, 4, 2, 3], got [1, 9, 2, 3]',
      ],
    ]),
  },
};

const out = 'call.out to be a Float32Array for a gradient of float32, as maps are, got';
const CALL: Readonly<Record<string, Place>> = {
  call: {
    kind: 'options',
    near: ['grad_scale', 'gradScale'],
    applies: ['conflict'],
    own: cells('conflict', 'ERR_PSE_DTYPE', [
      [{ gradDtype: 'float32', out: new Float64Array(48) }, `${out} a Float64Array of 48 elements`],
    ]),
  },
  'call.out': {
    kind: 'own',
    applies: ['wrong type', 'dtype', 'size', 'empty'],
    own: [
      ...cells('wrong type', 'ERR_PSE_TYPE', [
        [null, `${out} null`],
        [[0], `${out} an array of 1 element`],
        [MAPS, `${out} an object`],
        [new ArrayBuffer(8), `${out} a bare ArrayBuffer`],
        [new DataView(new ArrayBuffer(8)), `${out} a DataView`],
        [new Proxy(new Float32Array(48), {}), `${out} a Proxy`],
      ]),
      ...cells('dtype', 'ERR_PSE_DTYPE', [
        [new Uint16Array(48), `${out} a Uint16Array of 48 elements`],
      ]),
      ...cells('size', 'ERR_PSE_SHAPE', [
        [new Float32Array(47), 'call.out to be 48 elements, as maps have, got 47 elements'],
        [new Float32Array(1), 'call.out to be 48 elements, as maps have, got 1 element'],
      ]),
      ...cells('empty', 'ERR_PSE_SHAPE', [
        [
          new Float32Array(0),
          'call.out to be 48 elements, as maps have, got 0 elements (a detached buffer has no elements)',
        ],
      ]),
    ],
  },
  'call.gradScale': {
    kind: 'number',
    requirement: 'a finite number from -1000000000000 to 1000000000000',
    outside: [1e13, -1e300],
  },
  'call.gradDtype': {
    kind: 'word',
    words: ['maps', 'float32'],
    near: ['float64', 'float32'],
  },
};

const signal = 'call.signal to be an AbortSignal, got';
const SIGNAL: Readonly<Record<string, Place>> = {
  'call.signal': {
    kind: 'own',
    applies: ['wrong type'],
    own: cells('wrong type', 'ERR_PSE_TYPE', [
      [null, `${signal} null`],
      [true, `${signal} true`],
      [{}, `${signal} an object`],
      [new AbortController(), `${signal} an object (controller.signal is one)`],
    ]),
  },
};
/** The message about an unknown option names them in this order. */
const FORWARD_CALL: Readonly<Record<string, Place>> = {
  call: { kind: 'options', near: ['Signal', 'signal'] },
  ...SIGNAL,
};
const { call, ...others } = CALL;
const PROMISED_CALL: Readonly<Record<string, Place>> = { call, ...SIGNAL, ...others } as never;

const ofPixels = { loss: new PSELoss({ returnMask: true }), labels: LABELS, places: PIXELS };
const ofCounts = {
  ...{ variant: 'compact labels', loss: new PSELoss(), places: COUNTS },
  labels: compactLabels(LABELS, { scale: 4 }),
};

export const LOSS_CALLS: readonly PublicFunction[] = [ofPixels, ofCounts].flatMap(
  ({ loss, labels, places, ...row }) => [
    {
      ...row,
      name: 'PSELoss.forwardSync',
      itself: loss.forwardSync,
      given: { maps: MAPS, labels },
      call: (given) => loss.forwardSync(given.maps, given.labels),
      places,
    } satisfies PublicFunction,
    {
      ...row,
      name: 'PSELoss.valueAndGradSync',
      itself: loss.valueAndGradSync,
      given: { maps: MAPS, labels, call: { gradScale: 2 } },
      call: (given) => loss.valueAndGradSync(given.maps, given.labels, given.call),
      places: { ...places, ...CALL },
    } satisfies PublicFunction,
    {
      ...row,
      name: 'PSELoss.forward',
      promises: true,
      itself: loss.forward,
      given: { maps: MAPS, labels, call: {} },
      call: (given) => loss.forward(given.maps, given.labels, given.call),
      places: { ...places, ...FORWARD_CALL },
    } satisfies PublicFunction,
    {
      ...row,
      name: 'PSELoss.valueAndGrad',
      promises: true,
      itself: loss.valueAndGrad,
      given: { maps: MAPS, labels, call: { gradScale: 2 } },
      call: (given) => loss.valueAndGrad(given.maps, given.labels, given.call),
      places: { ...places, ...PROMISED_CALL },
    } satisfies PublicFunction,
    {
      ...row,
      name: 'PSELoss.diagnose',
      promises: true,
      itself: loss.diagnose,
      given: { maps: MAPS, labels },
      // Besides findings there is a function, which equals no other.
      call: (given) => {
        const diagnosis = loss.diagnose(given.maps, given.labels);
        return diagnosis.then(({ findings }) => findings);
      },
      places,
    } satisfies PublicFunction,
  ],
);
