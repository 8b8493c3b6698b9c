import { expect, test } from '@jest/globals';
import { list, nameImages, nameKernels, percent, range, short } from '../../../lib/diagnose/words';

test('numbers have three digits, whole ones all of theirs', () => {
  expect([0.123456, -12.345, 8.9406967e-8, 65025, Number.NaN, -Infinity].map(short)).toEqual([
    '0.123',
    '-12.3',
    '8.94e-8',
    '65025',
    'NaN',
    '-Infinity',
  ]);
  expect([percent(0.375), percent(1), percent(1 / 3)]).toEqual(['37.5 %', '100 %', '33.3 %']);
});

test('ranges of one value say so', () => {
  expect([range(0, 255), range(255, 255)]).toEqual([
    'values go from 0 to 255',
    'every value is 255',
  ]);
});

test('lists are cut after eight', () => {
  expect(list([0, 1, 2, 3, 4, 5, 6, 7])).toBe('0, 1, 2, 3, 4, 5, 6, 7');
  expect(list([0, 1, 2, 3, 4, 5, 6, 7, 8])).toBe('0, 1, 2, 3, 4, 5, 6, 7, …');
});

test('images and kernels are named one, some or all', () => {
  expect([
    nameImages([0], 1),
    nameImages([3], 16),
    nameImages([0, 1], 2),
    nameImages([0, 5], 16),
    nameImages([0, 1, 2], 3),
  ]).toEqual(['image 0', 'image 3', 'both images', '2 of 16 images (0, 5)', 'all 3 images']);
  expect([nameKernels([2]), nameKernels([5, 6])]).toEqual(['kernel 2', 'kernels 5, 6']);
});
