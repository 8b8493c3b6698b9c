import { describe, expect, test } from '@jest/globals';
import { referenceLoss } from '../../reference/pse-loss';
import {
  batchOf,
  codesOf,
  FIRST,
  findingOf,
  LAST,
  PIXELS,
  rectangle,
  SIZE,
  scene,
  TEXT,
} from './scene';

describe('text-labels-out-of-range', () => {
  const white = () =>
    scene((image) => {
      image.text = rectangle(0, 255);
    });

  test('names the largest value and the loss that it allows', () => {
    expect(findingOf('text-labels-out-of-range', [white()])).toEqual({
      code: 'text-labels-out-of-range',
      severity: 'error',
      image: 0,
      numbers: { pixels: TEXT, smallest: 0, largest: 255 },
      message:
        'In image 0 gtTexts has 192 values outside 0…1 (values go from 0 to 255); where the target is 255, even a perfect map has a text loss of 0.992.',
      advice:
        'A target is 0 or 1, in pictures 0 or 255: divide by 255, or use binarizeLabels: true.',
    });
  });

  test('computes that loss as the oracle does', () => {
    const perfect = white();
    perfect.maps[0] = perfect.maps[0]!.map((x) => 1000 * x);
    const { maps, labels } = batchOf([perfect]);
    const { lossText } = referenceLoss(maps as never, labels as never).perImage;
    expect(lossText[0]).toBeCloseTo(1 - 510 / (1 + 255 ** 2), 6);
  });

  test('tells other numbers, and those below 0, apart', () => {
    const instances = scene((image) => {
      image.text = rectangle(0, 3);
    });
    const negative = scene((image) => {
      image.text[0] = -1;
    });
    expect(findingOf('text-labels-out-of-range', [instances])).toMatchObject({
      message: expect.stringContaining(
        'where the target is 3, even a perfect map has a text loss of 0.4',
      ),
      advice: expect.stringContaining('Numbers of instances'),
    });
    expect(findingOf('text-labels-out-of-range', [negative])).toMatchObject({
      numbers: { pixels: 1, smallest: -1, largest: 1 },
      message:
        'In image 0 gtTexts has 1 value outside 0…1 (values go from -1 to 1); the text loss may leave the range 0…1.',
      advice: expect.stringContaining('belong into trainingMasks'),
    });
  });

  test('adds up several images and keeps the extremes', () => {
    const other = scene((image) => {
      image.text[0] = 7;
    });
    expect(findingOf('text-labels-out-of-range', [other, scene(), white()])).toMatchObject({
      images: [0, 2],
      numbers: { images: 2, pixels: TEXT + 1, smallest: 0, largest: 255 },
      message: expect.stringMatching(/^In 2 of 3 images \(0, 2\) gtTexts has 193 values/),
    });
  });

  test('is not said of 0 and 1, nor where labels are made binary', () => {
    expect(codesOf([scene()])).toEqual([]);
    expect(codesOf([white()], { binarizeLabels: true })).toEqual([]);
  });
});

describe('kernel-labels-out-of-range', () => {
  test('is said of gtKernels alone', () => {
    const white = scene((image) => {
      image.kernels = [rectangle(2, 255), rectangle(4)];
    });
    expect(findingOf('kernel-labels-out-of-range', [white])).toEqual({
      code: 'kernel-labels-out-of-range',
      severity: 'error',
      image: 0,
      numbers: { pixels: FIRST, smallest: 0, largest: 255 },
      message:
        'In image 0 gtKernels has 96 values outside 0…1 (values go from 0 to 255); where the target is 255, even a perfect map has a kernel loss of 0.992.',
      advice: expect.stringContaining('divide by 255'),
    });
    expect(codesOf([white])).not.toContain('text-labels-out-of-range');
  });

  test('is not said of a target of exactly 1', () => {
    expect(codesOf([scene()])).not.toContain('kernel-labels-out-of-range');
  });
});

describe('training-mask-out-of-range', () => {
  const white = () =>
    scene((image) => {
      image.mask.fill(255);
    });

  test('says what becomes of the IoUs and of the kernels', () => {
    expect(findingOf('training-mask-out-of-range', [white()])).toEqual({
      code: 'training-mask-out-of-range',
      severity: 'error',
      image: 0,
      numbers: { pixels: PIXELS, smallest: 255, largest: 255 },
      message:
        'In image 0 trainingMasks has 576 values outside 0…1 (every value is 255); the IoUs leave out every pixel whose mask is not exactly 1 and the kernel losses weigh them by up to 65025.',
      advice: 'A training mask is 1 (learn) or 0 (ignore), in pictures 255 or 0: divide by 255.',
    });
    expect(batchOf([white()]).perImage.iouText[0]).toBe(0);
  });

  test('leaves the weight out where kernels read the mask as 0 or 1', () => {
    expect(
      findingOf('training-mask-out-of-range', [white()], { kernelTrainingMask: 'above-half' })
        ?.message,
    ).toMatch(/whose mask is not exactly 1\.$/);
  });

  test('is said with binarizeLabels, too, which leaves masks alone', () => {
    expect(codesOf([white()], { binarizeLabels: true })).toEqual(['training-mask-out-of-range']);
  });

  test('speaks of other values, and is not said of 0 and 1', () => {
    const negative = scene((image) => {
      image.mask[0] = -1;
    });
    expect(findingOf('training-mask-out-of-range', [negative])).toMatchObject({
      numbers: { pixels: 1, smallest: -1, largest: 1 },
      advice: 'A training mask is 1 (learn) or 0 (ignore).',
    });
    const zeros = scene((image) => {
      image.mask[0] = 0;
    });
    expect(codesOf([zeros])).toEqual([]);
  });
});

describe('training-mask-fractional', () => {
  test('counts pixels between 0 and 1, which the IoUs leave out', () => {
    const nearly = scene((image) => {
      image.mask.fill(0.999, 0, 10);
    });
    expect(findingOf('training-mask-fractional', [nearly])).toEqual({
      code: 'training-mask-fractional',
      severity: 'warning',
      image: 0,
      numbers: { pixels: 10, largest: 1, valid: PIXELS },
      message:
        'In image 0 trainingMasks is between 0 and 1 at 10 pixels: the IoUs leave them out, OHEM counts those above 0.5 as whole, and the kernel losses weigh them by the square.',
      advice: expect.stringMatching(/kernelTrainingMask: 'above-half'.*fallbackMask: 'nonzero'/),
    });
  });

  test('is not said of exactly 1, or of 255', () => {
    const white = scene((image) => {
      image.mask.fill(255);
    });
    expect(codesOf([scene()])).toEqual([]);
    expect(codesOf([white])).not.toContain('training-mask-fractional');
  });
});

describe('soft-labels', () => {
  test('counts targets between 0 and 1, as good to know', () => {
    const soft = scene((image) => {
      image.text[image.text.indexOf(1)] = 0.75;
      image.kernels[1] = rectangle(4, 0.9);
    });
    expect(findingOf('soft-labels', [soft])).toEqual({
      code: 'soft-labels',
      severity: 'info',
      image: 0,
      numbers: { texts: 1, kernels: LAST },
      message:
        'In image 0 targets are between 0 and 1: 1 value of gtTexts and 32 of gtKernels; the dice losses take them as they are, OHEM takes those above 0.5 for text, the IoUs for neither class.',
      advice: expect.stringContaining('binarizeLabels: true'),
    });
    expect(codesOf([soft], { binarizeLabels: true })).toEqual([]);
  });

  test('is not said of 0, 1 and 255', () => {
    const white = scene((image) => {
      image.text = rectangle(0, 255);
    });
    expect(codesOf([white])).toEqual(['text-labels-out-of-range']);
  });
});

describe('labels-not-finite', () => {
  test('counts NaN and Inf by array, and says where the first is', () => {
    const broken = scene((image) => {
      image.text[2 * SIZE + 5] = Number.NaN;
      image.kernels[1]![0] = Infinity;
      image.kernels[1]![1] = Number.NaN;
    });
    expect(findingOf('labels-not-finite', [scene(), broken])).toEqual({
      code: 'labels-not-finite',
      severity: 'error',
      image: 1,
      numbers: { texts: 1, kernels: 2, masks: 0, harmful: 3, row: 2, column: 5 },
      message:
        'In image 1 labels are NaN or Inf: 1 in gtTexts, 2 in gtKernels, the first in image 1, row 2, column 5; 3 of them reach the loss and can make it NaN.',
      advice: expect.stringContaining('checkValues: true'),
    });
  });

  test('is a warning where the mask is 0 at all of them', () => {
    const masked = scene((image) => {
      image.text[0] = Number.NaN;
      image.mask[0] = 0;
    });
    expect(batchOf([masked]).perImage.loss[0]).not.toBeNaN();
    expect(findingOf('labels-not-finite', [masked])).toMatchObject({
      severity: 'warning',
      numbers: { texts: 1, kernels: 0, masks: 0, harmful: 0, row: 0, column: 0 },
      message: expect.stringMatching(/; none of them reaches the loss\.$/),
    });
  });

  test('is a warning where labels are made binary, unless it is the mask', () => {
    const text = scene((image) => {
      image.text[0] = Number.NaN;
    });
    const mask = scene((image) => {
      image.mask[0] = Number.NaN;
    });
    const severity = (image: ReturnType<typeof scene>) =>
      findingOf('labels-not-finite', [image], { binarizeLabels: true })?.severity;
    expect([severity(text), severity(mask)]).toEqual(['warning', 'error']);
  });

  test('is not said of large finite labels', () => {
    const large = scene((image) => {
      image.text[0] = 1e30;
    });
    expect(codesOf([large])).not.toContain('labels-not-finite');
  });
});
