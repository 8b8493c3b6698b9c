import { describe, expect, test } from '@jest/globals';
import {
  batchOf,
  codesOf,
  findingOf,
  LOGITS,
  PIXELS,
  rectangle,
  type Scene,
  SIZE,
  scene,
  TEXT,
} from './scene';

describe('ohem-quota-eaten', () => {
  /** The first `rows` rows of pixels are ignored and have the highest logits; the rest of the background differs in its own. */
  const greedy = (rows: number): Scene =>
    scene((image) => {
      image.mask.fill(0, 0, rows * SIZE);
      image.maps[0] = image.maps[0]!.map((x, i) =>
        i < (rows / 2) * (SIZE / 2) ? 4 : x > 0 ? x : -3 - i / LOGITS,
      );
    });
  const half = { ohemRatio: 0.5 } as const;

  test('counts the quota, what is kept of it, and the ignored pixels', () => {
    // Quota 96; 4 rows of 24 ignored pixels take all of it.
    expect(findingOf('ohem-quota-eaten', [greedy(4)], half)).toEqual({
      code: 'ohem-quota-eaten',
      severity: 'warning',
      image: 0,
      numbers: { quota: 96, kept: 0, possible: 96, ignored: 96 },
      message:
        'In image 0 OHEM was to keep 96 negatives and keeps 0 (0 %): the others of the quota are among 96 ignored pixels with higher logits.',
      advice: expect.stringContaining("negativePool: 'valid'"),
    });
  });

  test('is good to know where most of the quota is left', () => {
    // Quota 192; 2 rows of 24 take 48.
    expect(findingOf('ohem-quota-eaten', [greedy(2)], { ohemRatio: 1 })).toMatchObject({
      severity: 'info',
      numbers: { quota: 192, kept: 144, possible: 192, ignored: 48 },
    });
  });

  test('is not said where ignored pixels take less than a tenth, or do not take part', () => {
    const few = scene((image) => {
      image.mask.fill(0, 0, 8);
      image.maps[0] = image.maps[0]!.map((x, i) => (i < 4 ? 4 : x > 0 ? x : -3 - i / LOGITS));
    });
    expect(codesOf([few], half)).toEqual([]);
    expect(codesOf([greedy(4)], { ...half, negativePool: 'valid' })).toEqual([]);
  });
});

describe('ohem-ratio-too-small', () => {
  const tiny = (pixels = 3) =>
    scene((image) => {
      image.text.fill(0);
      image.kernels = [[...image.text], [...image.text]];
      for (const plane of [image.text, ...image.kernels]) plane.fill(1, 300, 300 + pixels);
      image.maps = image.maps.map((map) => map.map((x, i) => (i === 75 || i === 76 ? 3 : x - 9)));
    });

  test('says that a quota of 0 keeps everything', () => {
    expect(findingOf('ohem-ratio-too-small', [tiny()], { ohemRatio: 0.3 })).toEqual({
      code: 'ohem-ratio-too-small',
      severity: 'warning',
      image: 0,
      numbers: { largestPositives: 3, negatives: PIXELS - 3, kept: PIXELS },
      message:
        'In image 0 OHEM leaves nothing out and keeps all 576 pixels of the mask: 3 pixels of text times an ohemRatio of 0.3 is a quota of 0 negatives, and a quota of 0 keeps every one (here 573).',
      advice: expect.stringContaining('use 1 or more'),
    });
  });

  test('names the most positives of several images', () => {
    expect(
      findingOf('ohem-ratio-too-small', [tiny(1), tiny(3), scene()], { ohemRatio: 0.3 }),
    ).toMatchObject({
      images: [0, 1],
      numbers: { images: 2, largestPositives: 3, negatives: 1148 },
      message: expect.stringContaining('at most 3 pixels of text times an ohemRatio of 0.3'),
    });
  });

  test('is not said where the quota is 1', () => {
    expect(codesOf([tiny()], { ohemRatio: 0.34 })).not.toContain('ohem-ratio-too-small');
  });
});

describe('ohem-no-background', () => {
  const full = () =>
    scene((image) => {
      image.text.fill(1);
    });

  test('is good to know of an image that is all text', () => {
    expect(findingOf('ohem-no-background', [full()])).toEqual({
      code: 'ohem-no-background',
      severity: 'info',
      image: 0,
      numbers: { ignored: 0, positives: PIXELS, kept: PIXELS },
      message:
        'In image 0 there is no background for OHEM to choose from: 576 pixels of text and nothing else, so it keeps all 576 pixels of the mask.',
      advice: expect.stringContaining('inverted'),
    });
  });

  test('is a warning where the background is there and ignored, whichever pool there is', () => {
    const ignored = scene((image) => {
      image.mask = rectangle();
    });
    expect(
      findingOf('ohem-no-background', [ignored], { negativePool: 'valid' })?.message,
    ).toContain(
      'no background that may be learned: trainingMasks is 0 at all 384 pixels without text',
    );
    expect(codesOf([ignored], { negativePool: 'all' })).toContain('ohem-no-background');
  });

  test('counts a NaN label as background only where labels are made binary', () => {
    const broken = full();
    broken.text[0] = Number.NaN;
    expect(codesOf([broken])).toContain('ohem-no-background');
    expect(codesOf([broken], { binarizeLabels: true })).not.toContain('ohem-no-background');
  });

  test('is not said of one pixel of background', () => {
    const nearly = full();
    nearly.text[0] = 0;
    expect(codesOf([nearly])).not.toContain('ohem-no-background');
  });
});

describe('ohem-no-positives', () => {
  /** The mask is .5 on the text: OHEM does not see it, the dice does. */
  const faint = (mask = 0.5) =>
    scene((image) => {
      image.mask = rectangle(0, mask, 1);
    });

  test('is said where OHEM sees no text and the dice does', () => {
    expect(findingOf('ohem-no-positives', [faint()])).toEqual({
      code: 'ohem-no-positives',
      severity: 'warning',
      image: 0,
      numbers: { touched: TEXT, kept: PIXELS },
      message:
        'In image 0 OHEM leaves nothing out and keeps all 576 pixels of the mask: none is above 0.5 in gtTexts and in trainingMasks, though 192 are not 0 in both.',
      advice: expect.stringContaining('soft labels and fractional masks'),
    });
    expect(batchOf([faint()]).perImage.lossText[0]).toBeLessThan(1);
  });

  test('is not said just above one half, nor of images with nothing to learn', () => {
    const ignored = faint(0);
    expect(codesOf([faint(0.51)])).not.toContain('ohem-no-positives');
    expect(codesOf([ignored])).toEqual(['text-all-ignored']);
  });
});
