import { describe, expect, test } from '@jest/globals';
import { batchOf, codesOf, findingOf, LAST, rectangle, scene, TEXT } from './scene';

const withoutLast = () =>
  scene((image) => {
    image.kernels[1]!.fill(0);
  });

describe('kernel-target-empty', () => {
  test('names the kernels that have nothing to learn beside text', () => {
    const batch = [scene(), withoutLast()];
    expect(findingOf('kernel-target-empty', batch)).toEqual({
      code: 'kernel-target-empty',
      severity: 'warning',
      image: 1,
      numbers: { kernels: 1, text: TEXT },
      message:
        'In image 1 there is text (192 pixels) with nothing to learn in kernel 2 of 2; there the loss of these kernels is 1 and has no gradient.',
      advice: expect.stringMatching(/shrink to nothing.*outline.*ignored/),
    });
    const { lossKernels } = batchOf(batch).perImage;
    expect(lossKernels[1]).toBeGreaterThan(0.5);
  });

  test('is an error where no image has any kernel', () => {
    const none = () =>
      scene((image) => {
        for (const kernel of image.kernels) kernel.fill(0);
      });
    expect(findingOf('kernel-target-empty', [none(), none()])).toMatchObject({
      severity: 'error',
      images: [0, 1],
      numbers: { images: 2, kernels: 4, text: 2 * TEXT },
      message: expect.stringContaining('nothing to learn in kernels 1, 2 of 2'),
    });
    expect(findingOf('kernel-target-empty', [none(), scene()])?.severity).toBe('warning');
  });

  test('knows that eps in the numerator teaches them silence', () => {
    expect(
      findingOf('kernel-target-empty', [withoutLast()], { epsInNumerator: true })?.message,
    ).toMatch(/; there these kernels learn only to be silent\.$/);
  });

  test('is not said of one pixel of kernel, of images without text, or of targets that are not predicted', () => {
    const pixel = withoutLast();
    pixel.kernels[1]![pixel.text.lastIndexOf(1)] = 1;
    const empty = withoutLast();
    empty.text.fill(0);
    const more = scene((image) => {
      image.kernels.push(image.text.map(() => 0));
    });
    for (const image of [pixel, empty, more]) {
      expect(codesOf([image])).not.toContain('kernel-target-empty');
    }
  });
});

describe('kernel-count-mismatch', () => {
  test('is said of more targets than predicted kernels', () => {
    const more = scene((image) => {
      image.kernels.push(rectangle(5));
    });
    expect(findingOf('kernel-count-mismatch', [more])).toEqual({
      code: 'kernel-count-mismatch',
      severity: 'warning',
      numbers: { kernels: 2, labels: 3 },
      message:
        'The maps have 2 kernels, the labels 3: kernel k learns gtKernels[k − 1], and iouKernel compares kernel 2 with target 3, which it never learns.',
      advice: expect.stringContaining('as many target kernels as the network predicts'),
    });
  });

  test("recognizes PaddleOCR's labels by their first kernel", () => {
    const paddles = scene((image) => {
      image.kernels.unshift(rectangle());
    });
    expect(findingOf('kernel-count-mismatch', [paddles])).toMatchObject({
      severity: 'info',
      numbers: { kernels: 2, labels: 3 },
      message: expect.stringMatching(
        /; gtKernels\[0\] is gtTexts once more, as PaddleOCR's label code has it\.$/,
      ),
      advice: expect.stringContaining('leave out gtKernels[0]'),
    });
    expect(codesOf([paddles])).toEqual(['kernel-count-mismatch']);
  });

  test('does not take one more pixel for that', () => {
    const nearly = scene((image) => {
      image.kernels.unshift(rectangle());
      image.text[0] = 1;
    });
    expect(findingOf('kernel-count-mismatch', [nearly])?.severity).toBe('warning');
  });

  test('does not take two more kernels for that', () => {
    const two = scene((image) => {
      image.kernels = [rectangle(), rectangle(1), ...image.kernels];
    });
    expect(findingOf('kernel-count-mismatch', [two])).toMatchObject({
      severity: 'warning',
      numbers: { kernels: 2, labels: 4 },
    });
  });

  test('is not said of equal counts', () => {
    expect(codesOf([scene()])).not.toContain('kernel-count-mismatch');
  });
});

describe('first-kernel-is-text', () => {
  const repeated = () =>
    scene((image) => {
      image.kernels = [rectangle(), rectangle(4)];
    });

  test('is said where the text is the first of the kernels', () => {
    expect(findingOf('first-kernel-is-text', [repeated()])).toEqual({
      code: 'first-kernel-is-text',
      severity: 'warning',
      numbers: { text: TEXT, last: LAST },
      message:
        'gtKernels[0] is gtTexts once more (192 pixels in this batch), while later kernels are smaller: kernel 1 learns what the text map learns.',
      advice: expect.stringContaining('Leave that one out'),
    });
  });

  test('is not said where one image differs, or where no kernel shrinks', () => {
    const never = scene((image) => {
      image.kernels = [rectangle(), rectangle()];
    });
    expect(codesOf([repeated(), scene()])).not.toContain('first-kernel-is-text');
    expect(codesOf([never])).not.toContain('first-kernel-is-text');
  });
});
