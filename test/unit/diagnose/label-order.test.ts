import { describe, expect, test } from '@jest/globals';
import {
  BACKGROUND,
  codesOf,
  FIRST,
  findingOf,
  LAST,
  PIXELS,
  rectangle,
  type Scene,
  SIZE,
  scene,
  TEXT,
} from './scene';

const inverted = (plane: readonly number[]) => plane.map((value) => 1 - value);

describe('labels-look-inverted', () => {
  test('knows inverted labels by kernels that are larger than the text', () => {
    const all = scene((image) => {
      image.text = inverted(image.text);
      image.kernels = image.kernels.map(inverted);
    });
    expect(findingOf('labels-look-inverted', [all])).toEqual({
      code: 'labels-look-inverted',
      severity: 'error',
      numbers: { text: BACKGROUND, valid: PIXELS, lastKernel: PIXELS - LAST, outside: FIRST },
      message:
        'Text is 66.7 % of what is learned in this batch (384 of 576 pixels), and the last kernel, 544, is not smaller: the labels look inverted.',
      advice: expect.stringContaining('gtTexts is 1 on text and 0 on background'),
    });
    // Inverted kernels are in the reverse order, too: said once.
    expect(codesOf([all])).toEqual(['labels-look-inverted']);
  });

  test('knows an inverted text by kernels outside of it', () => {
    const text = scene((image) => {
      image.text = inverted(image.text);
    });
    expect(findingOf('labels-look-inverted', [text])).toMatchObject({
      severity: 'error',
      numbers: { text: BACKGROUND, valid: PIXELS, lastKernel: LAST, outside: FIRST },
      message: expect.stringContaining('and 96 pixels of the first kernel lie outside of it'),
    });
  });

  test('only wonders about text everywhere that does not shrink', () => {
    const full = scene((image) => {
      image.text.fill(1);
      for (const kernel of image.kernels) kernel.fill(1);
    });
    expect(findingOf('labels-look-inverted', [full])?.severity).toBe('warning');
  });

  test('is not said of text nearly everywhere whose kernels are smaller', () => {
    const dense = scene((image) => {
      image.text.fill(1);
      image.text.fill(0, 0, SIZE);
      image.kernels[0] = image.text.map((value, p) => (p < 2 * SIZE ? 0 : value));
      image.kernels[1] = image.text.map((value, p) => (p < 3 * SIZE ? 0 : value));
    });
    expect(codesOf([dense])).not.toContain('labels-look-inverted');
  });
});

test('labels-look-inverted is not said of kernels that lie half inside a large text', () => {
  const large = scene((image) => {
    image.text = inverted(image.text).map((value, p) => (p > PIXELS / 2 ? 1 : value));
  });
  expect(codesOf([large])).toEqual(['kernels-not-nested']);
});

describe('training-mask-looks-inverted', () => {
  /** Half of the text is ignored: columns 4…11. */
  const halfIgnored = (isRight: boolean): Scene =>
    scene((image) => {
      image.mask = image.text.map((g, p) => {
        const ignored = g === 1 && p % SIZE < 11;
        return Number(ignored !== isRight);
      });
    });

  test('names the background and the text that is ignored', () => {
    expect(findingOf('training-mask-looks-inverted', [halfIgnored(false)])).toEqual({
      code: 'training-mask-looks-inverted',
      severity: 'error',
      numbers: { text: TEXT, ignoredText: 108, background: BACKGROUND, ignoredBackground: 384 },
      message:
        'trainingMasks ignores 100 % of the background (384 of 384 pixels) and 56.3 % of the text (108 of 192): the mask looks inverted.',
      advice: 'A training mask is 1 where pixels are learned and 0 where they are ignored.',
    });
  });

  test('is not said of the same mask the right way round', () => {
    expect(codesOf([halfIgnored(true)])).not.toContain('training-mask-looks-inverted');
  });

  test('is not said of padding, which ignores background and no text', () => {
    const padded = scene((image) => {
      image.mask = rectangle();
    });
    expect(codesOf([padded])).not.toContain('training-mask-looks-inverted');
  });
});

describe('kernels-reversed', () => {
  test('is said of kernels from small to large', () => {
    const reversed = scene((image) => {
      image.kernels.reverse();
    });
    expect(findingOf('kernels-reversed', [reversed])).toEqual({
      code: 'kernels-reversed',
      severity: 'error',
      numbers: { kernels: 2, first: LAST, last: FIRST, text: TEXT },
      message:
        'The 2 target kernels go from small to large: 32 pixels in the first, 96 in the last, each inside the next.',
      advice: expect.stringContaining('reverse the channels of gtKernels'),
    });
    expect(codesOf([reversed])).not.toContain('kernels-not-nested');
  });

  test('sees that the text is last, too', () => {
    const textLast = scene((image) => {
      image.kernels = [rectangle(2), rectangle(0)];
      image.text = rectangle(4);
    });
    expect(findingOf('kernels-reversed', [textLast])).toMatchObject({
      numbers: { kernels: 2, first: FIRST, last: TEXT, text: LAST },
      message: expect.stringMatching(/; gtTexts, 32 pixels, is smaller still\.$/),
    });
  });

  test('is not said of equal kernels, nor of larger ones that lie elsewhere', () => {
    const equal = scene((image) => {
      image.kernels = [rectangle(2), rectangle(2)];
    });
    const elsewhere = scene((image) => {
      image.kernels = [rectangle(4), rectangle(2).map((value, p) => (p > PIXELS / 2 ? value : 0))];
    });
    expect(codesOf([equal])).toEqual([]);
    expect(codesOf([elsewhere])).not.toContain('kernels-reversed');
  });
});

describe('kernels-not-nested', () => {
  /** The second kernel, 40 pixels of it, `outside` of them beyond the first. */
  const shifted = (outside: number) =>
    scene((image) => {
      const inside = image.kernels[0]!.flatMap((value, p) => (value === 1 ? [p] : []));
      const around = image.text.flatMap((value, p) =>
        value === 1 && image.kernels[0]![p] === 0 ? [p] : [],
      );
      image.kernels[1]!.fill(0);
      for (const p of [...inside.slice(0, 40 - outside), ...around.slice(0, outside)]) {
        image.kernels[1]![p] = 1;
      }
    });

  test('names the kernel and how much of it is outside', () => {
    expect(findingOf('kernels-not-nested', [shifted(5)])).toEqual({
      code: 'kernels-not-nested',
      severity: 'warning',
      numbers: { kernel: 2, pixels: 40, outside: 5 },
      message:
        'Target kernel 2 has 40 pixels in this batch, and 12.5 % of them (5) are outside kernel 1.',
      advice: expect.stringMatching(/channels in another order.*come back whole/),
    });
  });

  test('names the text where the first kernel is outside of it', () => {
    const other = scene((image) => {
      image.text = rectangle(0).map((value, p) => (p > PIXELS / 2 ? value : 0));
    });
    expect(findingOf('kernels-not-nested', [other])?.message).toBe(
      'Target kernel 1 has 96 pixels in this batch, and 50 % of them (48) are outside the text.',
    );
  });

  test('lets a tenth pass, as labels of small texts have it', () => {
    expect(codesOf([shifted(4)])).toEqual([]);
  });

  test('looks at the whole batch, not at one image', () => {
    expect(codesOf([shifted(5), scene()])).toEqual([]);
  });
});
