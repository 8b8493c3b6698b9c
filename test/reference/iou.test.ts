// The oracle's IoU against counts worked by hand.
import { expect, test } from '@jest/globals';
import { iou } from './iou';

const EPS = 1e-6;
const ONES = [1, 1, 1, 1];

test('is the mean of two classes, intersection over union', () => {
  // class 0: pixels {3} of {1, 3}; class 1: pixels {0, 2} of {0, 1, 2}
  expect(iou([1, 1, 1, 0], [1, 0, 1, 0], ONES)).toBe((1 / (2 + EPS) + 2 / (3 + EPS)) / 2);
});

test('scores an absent class 0, so a perfect empty image is worth a half', () => {
  expect(iou([0, 0, 0, 0], [0, 0, 0, 0], ONES)).toBe(4 / (4 + EPS) / 2);
});

test('looks only at pixels whose mask is exactly 1', () => {
  // Left is pixel 0, found.
  expect(iou([1, 1, 1, 1], [1, 0, 0, 0], [1, 0, 255, 0.999])).toBe(1 / (1 + EPS) / 2);
});

test('is 0 without any such pixel', () => {
  expect(iou([1, 0], [1, 0], [0, 255])).toBe(0);
});

test('counts a target between the classes to neither', () => {
  // class 1: pixel {0} of {0, 1}; class 0: nothing at all.
  expect(iou([1, 1], [1, 0.5], [1, 1])).toBe(1 / (2 + EPS) / 2);
});

test('has as many classes as it is told', () => {
  // class 0: pixel {0} of {0}; class 1: none of {1, 2}; class 2: pixel {3} of {2, 3}; class 3: nothing at all
  const [a, b] = [
    [0, 1, 2, 2],
    [0, 0.5, 1, 2],
  ] as const;
  expect(iou(a, b, ONES, 4)).toBeCloseTo((1 / (1 + EPS) + 1 / (2 + EPS)) / 4, 15);
});
