// Where a finding begins: each number of the rules from both sides, one pixel or one logit apart.
import { describe, expect, test } from '@jest/globals';
import type { FindingCode } from '../../../lib/diagnose/finding';
import { BACKGROUND, codesOf, LOGITS, PIXELS, type Scene, scene, TEXT } from './scene';

/** Pixels, or logits, from `first` up to but without `end`. */
const range = (length: number, first: number, end: number) =>
  Array.from({ length }, (_, i) => Number(i >= first && i < end));
const pixels = (first: number, end: number) => range(PIXELS, first, end);
const map = (first: number, end: number) => range(LOGITS, first, end).map((at) => 6 * at - 3);

/** Four pixels below each of the first logits are text. */
const textBelow = (logits: number) =>
  Array.from({ length: PIXELS }, (_, p) => {
    const [y, x] = [Math.floor(p / 24), p % 24];
    return Number(Math.floor(y / 2) * 12 + Math.floor(x / 2) < logits);
  });

const FOLLOWING: readonly (readonly [FindingCode, string, (n: number) => Scene, number, number])[] =
  [
    [
      'labels-look-inverted',
      'more than nine tenths of 576 are text that does not shrink',
      (n) =>
        scene((image) => {
          image.text = pixels(0, n);
          image.kernels = [image.text, image.text];
        }),
      519,
      518,
    ],
    [
      'labels-look-inverted',
      'more than nine tenths of a kernel of 100 are outside a text of more than half',
      (n) =>
        scene((image) => {
          image.text = pixels(0, 300);
          image.kernels = [pixels(200 + n, 300 + n), pixels(290, 295)];
        }),
      91,
      90,
    ],
    [
      'training-mask-looks-inverted',
      `less than a tenth of ${BACKGROUND} is background that is learned`,
      (n) =>
        scene((image) => {
          const background = image.text.flatMap((g, p) => (g === 0 ? [p] : []));
          image.mask.fill(0);
          for (const p of background.slice(0, n)) image.mask[p] = 1;
        }),
      38,
      39,
    ],
    [
      'training-mask-looks-inverted',
      `less than half of ${TEXT} is text that is learned`,
      (n) =>
        scene((image) => {
          const text = image.text.flatMap((g, p) => (g === 1 ? [p] : []));
          image.mask.fill(0);
          for (const p of text.slice(0, n)) image.mask[p] = 1;
        }),
      95,
      96,
    ],
    [
      'kernels-reversed',
      'a hundredth of 200 pixels is missing in the next kernel',
      (n) =>
        scene((image) => {
          image.text = pixels(0, 250);
          image.kernels = [pixels(0, 200), pixels(n, 240 + n)];
        }),
      2,
      3,
    ],
    [
      'maps-look-reversed',
      'the last map has a dice of one half with the text',
      (n) =>
        scene((image) => {
          image.text = textBelow(60);
          image.maps = [map(100, 104), map(100, 110), map(n, 140)];
        }),
      13,
      14,
    ],
    [
      'maps-look-reversed',
      'the last map agrees better by a tenth',
      (n) =>
        scene((image) => {
          image.text = textBelow(60);
          image.maps = [map(0, n), map(0, n + 1), map(0, 60)];
        }),
      49,
      50,
    ],
    [
      'maps-look-reversed',
      'nine tenths of a map of 10 are inside the next',
      (n) =>
        scene((image) => {
          image.text = textBelow(60);
          image.maps = [map(0, 10), map(n, 20), map(n, 60)];
        }),
      1,
      2,
    ],
    [
      'saturated-logits',
      'half of 96 logits beside the text are above 16',
      (n) =>
        scene((image) => {
          const beside = image.maps[0]!.flatMap((x, i) => (x < 0 ? [i] : []));
          for (const i of beside.slice(0, n)) image.maps[0]![i] = 17;
        }),
      48,
      47,
    ],
  ];

describe.each(FOLLOWING)('%s: %s', (code, _, make, found, not) => {
  test(`at ${found}, and no more at ${not}`, () => {
    expect(codesOf([make(found)])).toContain(code);
    expect(codesOf([make(not)])).not.toContain(code);
  });
});
