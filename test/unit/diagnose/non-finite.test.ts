import { describe, expect, test } from '@jest/globals';
import { diagnoseBatch } from '../../../lib/diagnose/diagnose';
import { batchOf, codesOf, findingOf, MAP, rectangle, scene } from './scene';

describe('nan-in-maps', () => {
  const broken = () =>
    scene((image) => {
      image.maps[1]![2 * MAP + 5] = Number.NaN;
      image.maps[1]![9 * MAP] = Number.NaN;
      image.maps[2]!.fill(Number.NaN, 100);
    });

  test('counts by channel, and says where the first is', () => {
    expect(findingOf('nan-in-maps', [scene(), broken()])).toEqual({
      code: 'nan-in-maps',
      severity: 'error',
      image: 1,
      numbers: { logits: 46, channels: 2, channel: 1, row: 2, column: 5 },
      message:
        'In image 1 logits are NaN: 2 in channel 1, 44 in channel 2; the first at image 1, channel 1, row 2, column 5; one NaN makes every loss that uses its channel NaN for that image, even in an ignored pixel.',
      advice: expect.stringMatching(/learning rate.*float16.*clip gradients/),
    });
  });

  test('adds several images up', () => {
    const text = scene((image) => {
      image.maps[0]![0] = Number.NaN;
    });
    expect(findingOf('nan-in-maps', [broken(), text, scene()])).toMatchObject({
      images: [0, 1],
      numbers: { images: 2, logits: 47, channel: 1, row: 2, column: 5 },
      message: expect.stringContaining(
        '1 in channel 0, 2 in channel 1, 44 in channel 2; the first',
      ),
    });
  });

  test('is right about ignored pixels', () => {
    const ignored = scene((image) => {
      image.maps[0]![0] = Number.NaN;
      image.mask.fill(0, 0, 48);
    });
    expect(batchOf([ignored]).perImage.loss[0]).toBeNaN();
    expect(codesOf([ignored])).toContain('nan-in-maps');
  });

  test('is not said of infinite logits', () => {
    const infinite = scene((image) => {
      image.maps[0]![0] = -Infinity;
    });
    expect(codesOf([infinite])).toEqual(['infinity-in-maps']);
  });
});

describe('infinity-in-maps', () => {
  const infinite = () =>
    scene((image) => {
      image.maps[0]![MAP + 1] = Infinity;
      image.maps[0]![MAP + 2] = -Infinity;
    });

  test('says what becomes of them', () => {
    expect(findingOf('infinity-in-maps', [infinite()])).toEqual({
      code: 'infinity-in-maps',
      severity: 'warning',
      image: 0,
      numbers: { logits: 2, channels: 1, channel: 0, row: 1, column: 1 },
      message:
        'In image 0 logits are infinite: 2 in channel 0; the first at image 0, channel 0, row 1, column 1; their sigmoid is 0 or 1 and has no gradient.',
      advice: expect.stringContaining('65504'),
    });
  });

  test('is an error where they are interpolated', () => {
    expect(findingOf('infinity-in-maps', [infinite()], { upsample: 'bilinear' })).toMatchObject({
      severity: 'error',
      message: expect.stringMatching(/, and bilinear upsampling makes NaN around them\.$/),
    });
  });

  test('is not said of the largest float16', () => {
    const large = scene((image) => {
      image.maps[0]![0] = -65504;
    });
    expect(codesOf([large])).toEqual([]);
  });
});

describe('loss-not-finite', () => {
  test('is said where everything that came in is finite', () => {
    const huge = scene((image) => {
      image.text = rectangle(0, 1e308);
    });
    expect(findingOf('loss-not-finite', [huge])).toEqual({
      code: 'loss-not-finite',
      severity: 'error',
      image: 0,
      numbers: { largestTarget: 1e308, largestMask: 1, largestLogit: 3.4 },
      message:
        'In image 0 the loss is NaN, though maps and labels are finite (targets up to 1e+308, masks up to 1, logits up to 3.4).',
      advice: expect.stringContaining('between 0 and 1'),
    });
  });

  test('is not said where a NaN explains it, or the loss is finite', () => {
    const broken = scene((image) => {
      image.maps[0]![0] = Number.NaN;
    });
    expect(codesOf([broken])).toEqual(['nan-in-maps']);
    const label = scene((image) => {
      image.text[0] = Number.NaN;
    });
    expect(codesOf([label])).toEqual(['labels-not-finite']);
    expect(codesOf([scene()])).toEqual([]);
  });

  test('is said of a loss that nothing here explains', () => {
    const batch = batchOf([scene()]);
    const perImage = { ...batch.perImage, loss: [Number.NaN] };
    const [finding] = diagnoseBatch({ ...batch, perImage }).findings;
    expect(finding).toMatchObject({ code: 'loss-not-finite', image: 0 });
  });
});
