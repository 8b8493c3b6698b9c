import { describe, expect, test } from '@jest/globals';
import { referenceLoss } from '../../reference/pse-loss';
import { batchOf, codesOf, FIRST, findingOf, LAST, LOGITS, scene, TEXT } from './scene';

/** The text map predicts nothing: its largest logit is −2.5. */
const quiet = () =>
  scene((image) => {
    image.maps[0] = Array.from({ length: LOGITS }, (_, i) => -2.5 - (i % 3));
  });

describe('kernel-mask-empty', () => {
  test('names the largest logit and the threshold', () => {
    expect(findingOf('kernel-mask-empty', [quiet(), scene()])).toEqual({
      code: 'kernel-mask-empty',
      severity: 'warning',
      image: 0,
      numbers: { text: TEXT, largest: -2.5, threshold: 0 },
      message:
        'In image 0 the kernel mask is empty: the text map predicts no text where it may be learned (its largest logit there is -2.5, text is above 0), though 192 pixels are text; the kernel losses are 1 and have no gradient.',
      advice: expect.stringMatching(/kernelSampleMask: 'gt'.*'union'/),
    });
  });

  test('is as the oracle has it: kernel losses of 1, or 0 with eps in the numerator, and no gradient', () => {
    const { maps, labels, perImage } = batchOf([quiet()]);
    expect(perImage.lossKernels[0]).toBe(1);
    const { grad } = referenceLoss(maps as never, labels as never);
    expect(new Set((grad.data as Float64Array).slice(LOGITS).map(Math.abs))).toEqual(new Set([0]));
    const solved = { epsInNumerator: true } as const;
    expect(batchOf([quiet()], solved).perImage.lossKernels[0]).toBe(0);
    expect(findingOf('kernel-mask-empty', [quiet()], solved)?.message).toMatch(
      /; the kernel losses are 0, as if solved, and have no gradient\.$/,
    );
  });

  test('is an error where all images with text are so', () => {
    const empty = scene((image) => {
      image.text.fill(0);
    });
    expect(findingOf('kernel-mask-empty', [quiet(), quiet(), empty])).toMatchObject({
      severity: 'error',
      images: [0, 1],
      numbers: { images: 2, text: 2 * TEXT, largest: -2.5, threshold: 0 },
    });
  });

  test('looks at logits where they are learned only', () => {
    const elsewhere = quiet();
    elsewhere.maps[0]![0] = 5;
    for (const p of [0, 1, 24, 25]) elsewhere.mask[p] = 0;
    expect(findingOf('kernel-mask-empty', [elsewhere])?.numbers).toMatchObject({ largest: -2.5 });
  });

  test('is not said where one logit is above the threshold, or the labels give the mask', () => {
    const nearly = quiet();
    nearly.maps[0]![0] = 1e-9;
    expect(codesOf([nearly])).not.toContain('kernel-mask-empty');
    expect(codesOf([quiet()], { kernelSampleMask: 'gt' })).not.toContain('kernel-mask-empty');
    expect(codesOf([quiet()], { kernelSampleMask: 'union' })).not.toContain('kernel-mask-empty');
  });

  test('leaves a text map of NaN to the finding about NaN', () => {
    const broken = scene((image) => {
      image.maps[0]!.fill(Number.NaN);
    });
    expect(codesOf([broken])).toEqual(['nan-in-maps']);
  });
});

describe('kernel-mask-misses-kernels', () => {
  /** Text is predicted in a corner only, and above the pixels of `more`. */
  const astray = (more: readonly number[] = []) =>
    scene((image) => {
      image.maps[0] = Array.from({ length: LOGITS }, (_, i) =>
        i < 2 || more.includes(i) ? 2 : -2 - (i % 3),
      );
    });
  /** a logit above the first kernel, not above the second */
  const beside = 4 * 12 + 3;

  test('counts the mask and what it misses', () => {
    expect(findingOf('kernel-mask-misses-kernels', [astray()])).toEqual({
      code: 'kernel-mask-misses-kernels',
      severity: 'warning',
      image: 0,
      numbers: { kernels: 2, target: FIRST + LAST, mask: 8 },
      message:
        'In image 0 the kernel mask has 8 pixels, and none of them is among the 128 pixels of kernels 1, 2, so their losses are 1 and have no gradient.',
      advice: expect.stringContaining("kernelSampleMask: 'union' or 'gt'"),
    });
    expect(batchOf([astray()]).perImage.lossKernels[0]).toBe(1);
  });

  test('names only the kernels that are missed', () => {
    expect(findingOf('kernel-mask-misses-kernels', [astray([beside])])).toMatchObject({
      numbers: { kernels: 1, target: LAST, mask: 12 },
      message: expect.stringContaining('among the 32 pixels of kernel 2, so'),
    });
  });

  test('is not said where a logit touches each kernel, or the labels give the mask', () => {
    const middle = 6 * 12 + 6;
    expect(codesOf([astray([middle])])).not.toContain('kernel-mask-misses-kernels');
    expect(codesOf([astray()], { kernelSampleMask: 'union' })).not.toContain(
      'kernel-mask-misses-kernels',
    );
  });
});

describe('no-text-predicted', () => {
  const gt = { kernelSampleMask: 'gt' } as const;

  test('says why the text IoU is low where the kernel mask does not depend on it', () => {
    expect(findingOf('no-text-predicted', [quiet()], gt)).toEqual({
      code: 'no-text-predicted',
      severity: 'warning',
      image: 0,
      numbers: { text: TEXT, largest: -2.5 },
      message:
        'In image 0 the text map predicts no text where it may be learned: its largest logit there is -2.5, though 192 pixels are text; iouText is at most 0.5.',
      advice: expect.stringContaining('learning rate'),
    });
    expect(batchOf([quiet()], gt).perImage.iouText[0]).toBeLessThanOrEqual(0.5);
    expect(findingOf('no-text-predicted', [quiet(), scene()], gt)?.severity).toBe('info');
  });

  test("is not said of one logit above 0, or with 'pred', which has a finding of its own", () => {
    const nearly = quiet();
    nearly.maps[0]![0] = 0.001;
    expect(codesOf([nearly], gt)).toEqual([]);
    expect(codesOf([quiet()])).toEqual(['kernel-mask-empty']);
  });
});
