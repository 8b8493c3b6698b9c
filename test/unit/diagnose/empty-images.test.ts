import { describe, expect, test } from '@jest/globals';
import { referenceLoss } from '../../reference/pse-loss';
import { batchOf, codesOf, findingOf, PIXELS, rectangle, type Scene, scene, TEXT } from './scene';

const well = () => scene();
const withoutText = () =>
  scene((image) => {
    image.text.fill(0);
    for (const kernel of image.kernels) kernel.fill(0);
  });
const ignoredText = () =>
  scene((image) => {
    image.mask = rectangle(0, 0, 1);
  });
const ignored = () =>
  scene((image) => {
    image.mask.fill(0);
  });

describe('no-text', () => {
  test('names the image, and says that one among others is no mistake', () => {
    expect(findingOf('no-text', [well(), withoutText(), well()])).toEqual({
      code: 'no-text',
      severity: 'warning',
      image: 1,
      numbers: { pixels: PIXELS, largest: 0 },
      message:
        'In image 1 there is no text: none of 576 pixels of gtTexts is above 0.5; the losses are 1 and the gradient is 0, whatever the logits are.',
      advice: expect.stringContaining("emptyImages: 'skip'"),
    });
  });

  test('is an error of a batch that has no text at all', () => {
    expect(findingOf('no-text', [withoutText(), withoutText()])).toMatchObject({
      severity: 'error',
      images: [0, 1],
      numbers: { images: 2, pixels: 2 * PIXELS, largest: 0 },
      message: expect.stringMatching(/^In both images there is no text: none of 1152 pixels/),
    });
  });

  test('is not said of a single pixel of text', () => {
    const tiny = withoutText();
    tiny.text[100] = 1;
    expect(codesOf([tiny])).not.toContain('no-text');
  });

  test('takes exactly one half for no text, as OHEM does', () => {
    const half = scene((image) => {
      image.text = rectangle(0, 0.5);
    });
    expect(findingOf('no-text', [half])?.numbers).toEqual({ pixels: PIXELS, largest: 0.5 });
  });

  test('tells labels that were divided by 255 twice by their largest value', () => {
    const faint = scene((image) => {
      image.text = rectangle(0, 1 / 255);
    });
    expect(findingOf('no-text', [faint, well()])).toMatchObject({
      image: 0,
      numbers: { pixels: PIXELS, largest: 1 / 255 },
      message:
        'In image 0 there is no text: none of 576 pixels of gtTexts is above 0.5 (the largest value is 0.00392); OHEM finds no positive and keeps every pixel.',
      advice: expect.stringContaining('dividing by 255 twice'),
    });
  });

  test('says only what is true: kernels that have targets without text go on learning', () => {
    const forgotten = scene((image) => {
      image.text.fill(0);
    });
    expect(findingOf('no-text', [forgotten])?.message).toMatch(
      /; the text loss is 1 and has no gradient, whatever the logits are\.$/,
    );
  });

  test('knows that eps in the numerator gives these images a loss of their own', () => {
    expect(findingOf('no-text', [withoutText(), well()], { epsInNumerator: true })).toMatchObject({
      severity: 'info',
      message: expect.stringMatching(
        /; with epsInNumerator the loss is 0 if nothing is predicted, and tends to 1 with what is\.$/,
      ),
    });
  });
});

describe('text-all-ignored', () => {
  test('counts the text, and speaks of ###', () => {
    expect(findingOf('text-all-ignored', [ignoredText(), well()])).toEqual({
      code: 'text-all-ignored',
      severity: 'warning',
      image: 0,
      numbers: { text: TEXT, valid: PIXELS - TEXT },
      message:
        'In image 0 all text is ignored: trainingMasks is 0 at all 192 pixels of text, and not 0 elsewhere; the losses are 1 and the gradient is 0, whatever the logits are.',
      advice: expect.stringMatching(/###.*emptyImages: 'skip'.*1 means learn, 0 means ignore/),
    });
  });

  test('is an error where the whole batch is so', () => {
    expect(findingOf('text-all-ignored', [ignoredText()])?.severity).toBe('error');
  });

  test('is not said where one pixel of text is left to learn', () => {
    const nearly = ignoredText();
    nearly.mask[nearly.text.indexOf(1)] = 1;
    expect(codesOf([nearly])).not.toContain('text-all-ignored');
  });
});

describe('all-ignored', () => {
  test('counts the pixels, and asks whether the mask is inverted', () => {
    expect(findingOf('all-ignored', [ignored()])).toEqual({
      code: 'all-ignored',
      severity: 'error',
      image: 0,
      numbers: { pixels: PIXELS, text: TEXT },
      message:
        'In image 0 every pixel is ignored: trainingMasks is 0 at all 576 pixels, 192 pixels of text among them; the losses are 1 and the gradient is 0, whatever the logits are.',
      advice: expect.stringMatching(/inverted, never filled/),
    });
  });

  test('is all that is said of such an image', () => {
    expect(codesOf([ignored()])).toEqual(['all-ignored']);
  });

  test('is not said where one pixel is left', () => {
    const nearly = ignored();
    nearly.mask[0] = 1;
    expect(codesOf([nearly])).not.toContain('all-ignored');
    expect(codesOf([nearly])).toContain('text-all-ignored');
  });
});

test.each<[string, () => Scene]>([
  ['without text', withoutText],
  ['with ignored text', ignoredText],
  ['ignored', ignored],
])('the loss of an image %s is as its finding says', (_name, image) => {
  const { maps, labels, options } = batchOf([image()]);
  const result = referenceLoss(maps as never, labels as never, options);
  expect(result.perImage.lossText[0]).toBe(1);
  expect(result.perImage.lossKernels[0]).toBe(1);
  expect(new Set((result.grad.data as Float64Array).map(Math.abs))).toEqual(new Set([0]));
});

describe('images-skipped', () => {
  const skip = { emptyImages: 'skip' } as const;

  test('says which are not counted, and what the mean is over', () => {
    const batch = [well(), withoutText(), ignored(), well(), ignoredText()];
    expect(findingOf('images-skipped', batch, skip)).toEqual({
      code: 'images-skipped',
      severity: 'info',
      images: [1, 2, 4],
      numbers: { images: 3, counted: 2 },
      message:
        'Without text to learn, 3 of 5 images (1, 2, 4) are skipped: losses, IoUs and gradient are 0 there, and a mean is taken over the other 2.',
      advice: expect.stringContaining("emptyImages: 'skip'"),
    });
  });

  test('keeps the reasons beside it, as good to know', () => {
    expect(findingOf('no-text', [well(), withoutText()], skip)).toMatchObject({
      severity: 'info',
      message: expect.stringMatching(/; skipped, as emptyImages asks for\.$/),
    });
  });

  test('is an error where nothing is left', () => {
    expect(findingOf('images-skipped', [withoutText()], skip)).toMatchObject({
      severity: 'error',
      image: 0,
      numbers: { images: 1, counted: 0 },
      message:
        'Without text to learn, image 0 is skipped: losses, IoUs and gradient are 0 there, and so is their mean.',
    });
  });

  test('is not said where no image is empty, or none is skipped', () => {
    expect(codesOf([well()], skip)).toEqual([]);
    expect(codesOf([well(), withoutText()])).not.toContain('images-skipped');
  });
});
