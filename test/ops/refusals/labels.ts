// Making labels, and the LibTorch that all else is computed with. test/unit/labels tries more of texts and files.
import { compactLabels, getNumThreads, libtorch, setNumThreads } from 'pse-loss';
import { makeLabels, parseIcdar } from 'pse-loss/labels';
import { LABELS } from '../call';
import { FLAG } from './constructor';
import { GT_KERNELS, GT_TEXTS, TRAINING_MASKS } from './loss';
import { cells, type NumberPlace, type Place, zeros } from './place';
import type { PublicFunction } from './public-function';

const side: NumberPlace = {
  kind: 'number',
  requirement: 'an integer from 1 to 32767',
  outside: [0, -1, 32_768, 1.5],
  required: true,
};

const texts: Place = {
  kind: 'own',
  applies: ['wrong type', 'size', 'empty', 'NaN', 'range'],
  own: [
    ...cells('wrong type', 'ERR_PSE_TYPE', [
      [
        'gt_img_1.txt',
        'texts to be an array of texts, or one such array per image, got the string "gt_img_1.txt"',
      ],
      [[null], 'texts[0] to be an object { polygon, ignore? }, got null'],
      [
        [{ polygon: [[1, '2']] }],
        'texts[0].polygon[0][1] to be a finite number from -1048576 to 1048576, got the string "2"',
      ],
    ]),
    ...cells('size', 'ERR_PSE_SHAPE', [
      [
        [{ polygon: [[1, 2, 3]] }],
        'texts[0].polygon[0] to be a point [x, y], got an array of 3 elements',
      ],
    ]),
    ...cells('empty', 'ERR_PSE_SHAPE', [
      [
        [{ polygon: [] }],
        'texts[0].polygon to be an array of 3 or more points [x, y], got an array of 0 elements',
      ],
    ]),
    ...cells('NaN', 'ERR_PSE_RANGE', [
      [
        [{ polygon: [[1, Number.NaN]] }],
        'texts[0].polygon[0][1] to be a finite number from -1048576 to 1048576, got the number NaN',
      ],
    ]),
    ...cells('range', 'ERR_PSE_RANGE', [
      [
        [[], [{ polygon: [[-1_048_577, 0]] }]],
        'texts[1][0].polygon[0][0] to be a finite number from -1048576 to 1048576, got the number -1048577',
      ],
    ]),
  ],
};

export const OTHERS: readonly PublicFunction[] = [
  {
    name: 'setNumThreads',
    itself: setNumThreads,
    given: { n: getNumThreads() },
    call: ({ n }) => setNumThreads(n),
    places: {
      n: {
        kind: 'number',
        requirement: 'an integer from 1 to 1024',
        outside: [0, -1, 1025, 1.5],
        required: true,
      },
    },
  },
  {
    name: 'compactLabels',
    itself: compactLabels,
    given: { labels: LABELS, options: { scale: 4 } },
    call: ({ labels, options }) => compactLabels(labels, options),
    places: {
      labels: { kind: 'labels' },
      'labels.gtTexts': {
        ...GT_TEXTS,
        own: cells('mismatch', 'ERR_PSE_SHAPE', [
          [
            zeros(1, 8, 12),
            'labels.trainingMasks to be [1, 8, 12], as labels.gtTexts, got [2, 8, 12]',
          ],
        ]),
      },
      'labels.gtKernels': {
        ...GT_KERNELS,
        own: cells('mismatch', 'ERR_PSE_SHAPE', [
          [
            zeros(2, 3, 2, 3),
            'labels.gtKernels to be [2, Kg, 8, 12] with Kg ≥ 1, got [2, 3, 2, 3]',
          ],
        ]),
      },
      'labels.trainingMasks': TRAINING_MASKS,
      options: { kind: 'options', near: ['binarize_labels', 'binarizeLabels'] },
      'options.scale': {
        kind: 'number',
        requirement: 'an integer from 1 to 255',
        outside: [0, -4, 256, 2.5],
        required: true,
        applies: ['mismatch'],
        own: cells('mismatch', 'ERR_PSE_SHAPE', [
          [
            3,
            'labels.gtTexts to be [N, H, W], H and W multiples of scale = 3, got [2, 8, 12] (labels of 6×12 or 9×12 would do)',
          ],
        ]),
      },
      'options.binarizeLabels': FLAG,
      'options.kernels': {
        kind: 'number',
        requirement: 'an integer from 1 to 3',
        outside: [0, -1, 4],
        hint: 'labels.gtKernels is [2, 3, 8, 12]',
      },
    },
  },
  {
    name: 'makeLabels',
    itself: makeLabels,
    given: { texts: [], options: { height: 4, width: 6 } },
    call: (given) => makeLabels(given.texts, given.options),
    places: {
      texts,
      options: { kind: 'options', near: ['min_ratio', 'minRatio'] },
      'options.height': side,
      'options.width': side,
      'options.kernels': {
        kind: 'number',
        requirement: 'an integer from 1 to 255',
        outside: [0, -1, 256, 1.5],
      },
      'options.minRatio': {
        kind: 'number',
        requirement: 'a finite number above 0 and up to 1',
        outside: [0, -0.1, 1.1],
      },
      'options.preset': {
        kind: 'preset',
        words: ['psenet', 'paddleocr'],
        near: ['PSENet', 'psenet'],
      },
    },
  },
  {
    name: 'parseIcdar',
    itself: parseIcdar,
    defaults: 1,
    given: { text: '', options: { file: 'gt.txt' } },
    call: ({ text, options }) => parseIcdar(text, options),
    places: {
      text: { kind: 'text', requirement: 'a string', hint: 'decode the file as UTF-8' },
      options: { kind: 'options', near: ['File', 'file'] },
      'options.file': { kind: 'text', requirement: 'a string' },
    },
  },
  {
    name: 'libtorch.load',
    promises: true,
    itself: libtorch.load,
    defaults: 1,
    given: { options: {} },
    call: ({ options }) => libtorch.load(options),
    places: {
      options: { kind: 'options', near: ['directry', 'directory'] },
      'options.directory': { kind: 'text', requirement: 'the path of a folder' },
    },
  },
];
