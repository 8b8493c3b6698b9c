import { describe, expect, test } from '@jest/globals';
import { diagnoseBatch } from '../../../lib/diagnose/diagnose';
import { FINDING_CODES, SEVERITIES } from '../../../lib/diagnose/finding';
import { referenceLoss } from '../../reference/pse-loss';
import { makeBatch, type Scene as SceneName } from '../../support/batch';
import { batchOf, codesOf, counted, diagnose, findingOf, rectangle, scene } from './scene';

const ignored = () =>
  scene((image) => {
    image.mask = rectangle(0, 0, 1);
  });

test('finds nothing in a batch that is well', () => {
  expect(diagnose([scene(), scene(), scene()])).toEqual([]);
});

test('finds nothing in a batch without images', () => {
  const empty = (...shape: number[]) => ({ data: new Float32Array(0), shape });
  const { options } = batchOf([scene()]);
  const none = new Float32Array(0);
  const { findings } = diagnoseBatch({
    maps: empty(0, 3, 4, 4),
    labels: {
      gtTexts: empty(0, 8, 8),
      gtKernels: empty(0, 9, 8, 8),
      trainingMasks: empty(0, 8, 8),
    },
    options,
    selected: empty(0, 8, 8),
    kernelMask: empty(0, 8, 8),
    perImage: { loss: none, lossText: none, lossKernels: none, iouText: none, iouKernel: none },
  });
  expect(findings).toEqual([]);
});

test('reads plain arrays as well as typed ones', () => {
  const batch = batchOf([ignored(), scene()]);
  const plain = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }) => ({
    data: Array.from(data),
    shape,
  });
  if ('counts' in batch.labels) throw new Error('the labels are dense');
  const { findings } = diagnoseBatch({
    ...batch,
    maps: plain(batch.maps),
    labels: {
      gtTexts: plain(batch.labels.gtTexts),
      gtKernels: plain(batch.labels.gtKernels),
      trainingMasks: plain(batch.labels.trainingMasks),
    },
    selected: plain(batch.selected),
    kernelMask: plain(batch.kernelMask),
  });
  expect(findings).toEqual(diagnoseBatch(batch).findings);
  expect(findings.map(({ code }) => code)).toEqual(['text-all-ignored']);
});

test('puts the worst first, and causes before consequences', () => {
  const broken = scene((image) => {
    image.maps[0]!.fill(-3);
    image.text[image.text.indexOf(1)] = 0.75;
    image.mask.fill(255);
    image.kernels.push(rectangle(5));
  });
  const findings = diagnose([broken]);
  expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    'error training-mask-out-of-range',
    'error kernel-mask-empty',
    'warning constant-maps',
    'warning kernel-count-mismatch',
    'info soft-labels',
  ]);
  const ranks = findings.map(({ severity, code }) => [
    SEVERITIES.indexOf(severity),
    FINDING_CODES.indexOf(code),
  ]);
  expect(ranks).toEqual([...ranks].sort(([a, b], [c, d]) => a! - c! || b! - d!));
});

describe('what several images have in common', () => {
  const batch = (count: number, of: number) =>
    Array.from({ length: of }, (_, image) => (image < count ? ignored() : scene()));

  test('is said once, with how many and which', () => {
    const findings = diagnose(batch(16, 16));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      images: Array.from({ length: 16 }, (_, image) => image),
      numbers: { images: 16, text: 16 * 192 },
      message: expect.stringMatching(/^In all 16 images all text is ignored/),
    });
    expect(findings[0]).not.toHaveProperty('image');
  });

  test('names a few of them and cuts the list', () => {
    const message = (count: number) =>
      findingOf('text-all-ignored', batch(count, 12))?.message.split(' all text')[0];
    expect(message(2)).toBe('In 2 of 12 images (0, 1)');
    expect(message(8)).toBe('In 8 of 12 images (0, 1, 2, 3, 4, 5, 6, 7)');
    expect(message(9)).toBe('In 9 of 12 images (0, 1, 2, 3, 4, 5, 6, 7, …)');
  });

  test('keeps its image where it is one', () => {
    const finding = findingOf('text-all-ignored', batch(1, 3));
    expect(finding).toMatchObject({ image: 0, message: expect.stringMatching(/^In image 0 all/) });
    expect(finding).not.toHaveProperty('images');
    expect(finding?.numbers).not.toHaveProperty('images');
  });
});

describe('labels counted by blocks', () => {
  test('give the findings that counts allow, and say that they have no pictures', () => {
    expect(diagnoseBatch(counted(batchOf([scene()]))).findings).toEqual([
      {
        code: 'no-label-pictures',
        severity: 'info',
        numbers: {},
        message:
          'The labels are compact: they are counts of blocks, so there are no pictures of them, and those of the selections have a pixel per logit.',
        advice: 'Give the labels themselves to see them.',
      },
    ]);
    expect(codesOf([scene()])).not.toContain('no-label-pictures');
  });

  const options = {
    ...batchOf([scene()]).options,
    upsample: 'nearest',
  } as const;

  test.each<[SceneName, 'pred' | 'gt' | 'union']>([
    ['words', 'pred'],
    ['words', 'gt'],
    ['words', 'union'],
    ['noise', 'pred'],
    ['constant', 'union'],
    ['all-text', 'pred'],
    ['no-text', 'pred'],
    ['all-ignored', 'gt'],
    ['tiny-text', 'pred'],
    ['dense-text', 'pred'],
    ['greedy-ignored', 'pred'],
    ['large-logits', 'pred'],
  ])('say the same as the labels themselves: %s, kernelSampleMask %s', (name, kernelSampleMask) => {
    const { maps, labels } = makeBatch({ seed: 5, scene: name, images: 3, gtKernels: 7 });
    const all = { ...options, kernelSampleMask };
    const { selectedMask, kernelMask, perImage } = referenceLoss(maps, labels, all);
    const batch = { maps, labels, options: all, selected: selectedMask, kernelMask, perImage };
    const [ofPixels, ofBlocks] = [batch, counted(batch)].map((of) => diagnoseBatch(of).findings);
    expect(ofPixels!.length).toBeGreaterThan(0);
    expect(ofBlocks!.slice(0, -1)).toEqual(ofPixels);
    expect(ofBlocks!.at(-1)!.code).toBe('no-label-pictures');
  });

  test('know kernels that are sampled outside of the text', () => {
    const astray = scene((image) => {
      image.maps[0]![0] = 3;
      image.kernels[1]!.fill(0);
      image.kernels[1]![0] = 1;
    });
    const batch = batchOf([astray]);
    const codes = diagnoseBatch(counted(batch)).findings.map(({ code }) => code);
    expect(codes).toEqual(['kernels-not-nested', 'no-label-pictures']);
    expect(codesOf([astray])).toEqual(['kernels-not-nested']);
  });

  test('know kernels in the wrong order, too', () => {
    const reversed = scene((image) => {
      image.kernels.reverse();
    });
    const codes = diagnoseBatch(counted(batchOf([reversed]))).findings.map(({ code }) => code);
    expect(codes).toContain('kernels-reversed');
  });
});
