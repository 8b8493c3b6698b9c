// Filling polygons as OpenCV's fillPoly does: pictures worked by hand, and a slow filler that follows the rule word by word.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fillPolygon, type Plane, type Point } from '../../../lib/labels/rasterize';
import { area, paint, picture, points } from './picture';

/** The picture of a polygon, as large as the expected one. */
function expectPicture(polygon: readonly Point[], expected: readonly string[]) {
  const plane = paint(polygon, expected.length, (expected[0] as string).length);
  expect(picture(plane)).toEqual(expected);
}

describe('interior and outline', () => {
  test('of a rectangle reach its right and lower side', () => {
    expectPicture(points('1,1 4,1 4,3 1,3'), [
      '......', //
      '.####.',
      '.####.',
      '.####.',
      '......',
    ]);
  });

  test('of a triangle', () => {
    // In row y the slanted side is at x = 8 − 2·(y − 1): on a pixel in each row. As a line it is wider than high: one
    // pixel in every column, those between two rows belong to the row of the left end.
    expectPicture(points('0,1 8,1 0,5'), [
      '.........', //
      '#########',
      '########.',
      '######...',
      '####.....',
      '##.......',
    ]);
  });

  test('of a slanted quadrilateral', () => {
    // Right: [3, 0] [4, .5 → 0] [5, 1] [6, 1.5 → 1] [7, 2], then [6.25 → 6, 3] [5.5 → 5, 4] [4.75 → 5, 5] [4, 6].
    // Left: [2, 1] [1, 2] [0, 3], then [1, 3.75 → 4] [2, 4.5 → 4] [3, 5.25 → 5].
    expectPicture(points('3,0 7,2 4,6 0,3'), [
      '...##...', //
      '..#####.',
      '.#######',
      '#######.',
      '.#####..',
      '...###..',
      '....#...',
    ]);
  });

  test('of a polygon with a notch', () => {
    expectPicture(points('0,0 8,0 8,5 4,1 0,5'), [
      '#########', //
      '#########',
      '####.####',
      '###...###',
      '##.....##',
      '#.......#',
    ]);
  });

  test('are one pixel where all corners are', () => {
    const point: Point = [2, 1];
    expectPicture(
      [point, point, point],
      [
        '.....', //
        '..#..',
        '.....',
      ],
    );
  });
});

describe('a line, which is all that a polygon without area has,', () => {
  const line = (from: Point, to: Point) => [from, to, to];

  test('between two pixels takes the row of its left end', () => {
    const falling = [
      '##...', //
      '..##.',
      '....#',
    ];
    expectPicture(line([0, 0], [4, 2]), falling);
    expectPicture(line([4, 2], [0, 0]), falling);
    const rising = [
      '....#', //
      '..##.',
      '##...',
    ];
    expectPicture(line([0, 2], [4, 0]), rising);
    expectPicture(line([4, 0], [0, 2]), rising);
  });

  test('between two pixels takes the column of its left end', () => {
    const falling = [
      '#..', //
      '#..',
      '.#.',
      '.#.',
      '..#',
    ];
    expectPicture(line([0, 0], [2, 4]), falling);
    expectPicture(line([2, 4], [0, 0]), falling);
    expectPicture(line([0, 4], [2, 0]), falling.toReversed());
    expectPicture(line([2, 0], [0, 4]), falling.toReversed());
  });

  test('takes the nearest pixel elsewhere', () => {
    // Heights 0, 2/5, 4/5, 6/5, 8/5, 2.
    expectPicture(line([0, 0], [5, 2]), [
      '##....', //
      '..##..',
      '....##',
    ]);
  });

  test('runs level, upright and along a diagonal', () => {
    expectPicture(line([1, 1], [4, 1]), ['......', '.####.', '......']);
    expectPicture(line([1, 0], [1, 2]), ['.#.', '.#.', '.#.']);
    expectPicture(line([0, 2], [2, 0]), ['..#', '.#.', '#..']);
  });
});

describe('even-odd:', () => {
  test('a crossed polygon has two lobes', () => {
    expectPicture(points('0,0 8,8 8,0 0,8'), [
      '#.......#',
      '##.....##',
      '###...###',
      '####.####',
      '#########',
      '####.####',
      '###...###',
      '##.....##',
      '#.......#',
    ]);
  });

  test('what is surrounded twice is outside', () => {
    const square = (low: number, high: number): Point[] => [
      [low, low],
      [high, low],
      [high, high],
      [low, high],
    ];
    // Around the outer square, along a cut to the inner one and around it, and back through the cut.
    expectPicture(
      [...square(0, 6), [0, 0], ...square(2, 4), [2, 2], [0, 0]],
      ['#######', '#######', '#######', '###.###', '#######', '#######', '#######'],
    );
  });

  test('a polygon that goes around twice is its outline', () => {
    const square: Point[] = points('1,1 4,1 4,4 1,4');
    expectPicture(
      [...square, ...square],
      [
        '......', //
        '.####.',
        '.#..#.',
        '.#..#.',
        '.####.',
        '......',
      ],
    );
  });
});

describe('outside the image', () => {
  test('a polygon is cut', () => {
    expectPicture(points('-5,1 2,1 2,9 -5,9'), [
      '.....', //
      '###..',
      '###..',
      '###..',
    ]);
    expectPicture(points('3,-4 9,-4 9,1 3,1'), [
      '...##', //
      '...##',
      '.....',
    ]);
  });

  test('all around it, a polygon fills everything', () => {
    const all = ['####', '####', '####'];
    for (const far of [1, 10, 2 ** 20]) {
      expectPicture(
        [
          [-far, -far],
          [4 + far, -far],
          [4 + far, 3 + far],
          [-far, 3 + far],
        ],
        all,
      );
    }
  });

  test.each<[string, Point[]]>([
    ['to the left', points('-9,0 -2,0 -2,3 -9,3')],
    ['to the right', points('4,0 9,0 9,3 4,3')],
    ['above', points('0,-9 4,-9 4,-1 0,-1')],
    ['below', points('0,3 4,3 4,9 0,9')],
    ['across a corner, without touching it', points('-4,-1 -1,-4 -9,-9')],
    [
      'far away',
      [
        [2 ** 20, 2 ** 20],
        [2 ** 20 - 5, 2 ** 20],
        [2 ** 20, 2 ** 20 - 5],
      ],
    ],
  ])('%s, a polygon leaves no trace', (_name, polygon) => {
    expect(area(paint(polygon, 3, 4))).toBe(0);
  });

  describe('a side that leaves the image is cut to it first, in whole pixels:', () => {
    test('its outer end moves along it to the border', () => {
      // From [4, 14] to row 2 it is 12 rows up and trunc(12 · 4 / 14) = 3 columns back: to [1, 2].
      expectPicture(points('0,0 4,14 4,14'), [
        '#....', //
        '#....',
        '.#...',
      ]);
      // From [12, 14], trunc(12 · 12 / 14) = 10 columns back: to [2, 2].
      expectPicture(points('0,0 12,14 12,14'), [
        '#....', //
        '.#...',
        '..#..',
      ]);
    });

    test('the move is rounded towards the end that moves', () => {
      // [0, 4] to row 2: half a column, so none.
      expectPicture(points('1,0 0,4 0,0'), [
        '##.', //
        '#..',
        '#..',
      ]);
    });

    test('both ends move, the second along what the first has left', () => {
      // [−1, 4] to row 2: [−1 + trunc(4 / 6), 2]. From there the side rises to [1, −2], whose column in row 0 is
      // 1 − trunc(2 · 2 / 4) = 0: it crosses column 0 in row 0.
      expectPicture(points('1,-2 0,2 -1,4'), [
        '##.', //
        '#..',
        '#..',
      ]);
      expectPicture(points('-2,2 0,1 4,0'), [
        '..#', //
        '##.',
        '...',
      ]);
    });

    test('the interior keeps all of its rows', () => {
      // From [−3, 0] to column 0 it is all the way to [0, 2]: no line is left, but the border in rows 0 and 1.
      expectPicture(points('0,2 -3,0 0,2'), [
        '#..', //
        '#..',
        '#..',
      ]);
      expectPicture(points('1,-1 -2,2 2,0'), [
        '###', //
        '##.',
        '...',
      ]);
    });

    test('one that passes beside a corner leaves nothing', () => {
      // [1, −1] to row 0 is [−1, 0], and so is [1, −4], if [−1, 0] is the other end.
      for (const outer of [-1, -4]) {
        expectPicture(
          [
            [-1, 0],
            [1, outer],
            [-2, 0],
          ],
          ['...', '...', '...'],
        );
      }
      expectPicture(points('-1,0 1,-4 -2,1'), ['...', '...', '...']);
    });
  });

  test('only the plane is written, and not what lies beside it in memory', () => {
    const [height, width] = [4, 5];
    const memory = new Uint8Array(3 * height * width);
    const data = memory.subarray(height * width, 2 * height * width);
    const polygon: Point[] = points('-3,-3 9,-2 8,9 -2,8');
    fillPolygon({ data, height, width }, polygon, 1);
    expect(area({ data, height, width })).toBe(20);
    expect(memory.reduce((sum, value) => sum + value, 0)).toBe(20);
  });

  test('costs no more, however far away the corners are', () => {
    const far = 2 ** 20;
    const polygon: Point[] = [
      [-far, -far + 1],
      [far, -far],
      [far - 2, far],
      [-far, far - 3],
    ];
    const start = performance.now();
    for (let i = 0; i < 2000; i++) paint(polygon, 8, 8);
    // Walking along such a side once takes a millisecond or more.
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

test('paints zeros as it paints ones', () => {
  const plane = { data: new Uint8Array(25).fill(1), height: 5, width: 5 };
  fillPolygon(plane, points('1,1 3,1 3,3 1,3'), 0);
  expect(picture(plane)).toEqual(['#####', '#...#', '#...#', '#...#', '#####']);
});

test('adds to what is there', () => {
  const plane = paint(points('0,0 1,0 1,1'), 3, 5);
  fillPolygon(plane, points('3,2 4,2 4,1'), 1);
  expect(picture(plane)).toEqual(['##...', '.#..#', '...##']);
});

describe('for any polygon inside the image', () => {
  const RUNS = { numRuns: 200, seed: 1 };
  const SIZE = 24;
  const MARGIN = 4;
  const coordinate = fc.integer({ min: MARGIN, max: SIZE - 1 - MARGIN });
  const polygons = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 7 });
  const shown = (polygon: readonly Point[]) => picture(paint(polygon, SIZE, SIZE));
  const holds = (property: (polygon: Point[]) => void) =>
    fc.assert(fc.property(polygons, property), RUNS);

  test('every pixel is as the rule says', () => {
    holds((polygon) => expect(shown(polygon)).toEqual(slowPicture(polygon, SIZE)));
  });

  test('the direction of the corners and which comes first do not matter', () => {
    holds((polygon) => {
      const expected = shown(polygon);
      expect(shown(polygon.toReversed())).toEqual(expected);
      expect(shown([...polygon.slice(1), polygon[0] as Point])).toEqual(expected);
    });
  });

  test('the polygon upside down is the picture upside down', () => {
    // Not so from left to right: a line between two pixels looks to its left end.
    holds((polygon) => {
      const turned = polygon.map(([x, y]): Point => [x, SIZE - 1 - y]);
      expect(shown(turned)).toEqual(shown(polygon).toReversed());
    });
  });

  test('the polygon moved by whole pixels is the picture moved', () => {
    const step = fc.integer({ min: -MARGIN, max: MARGIN });
    fc.assert(
      fc.property(polygons, step, step, (polygon, dx, dy) => {
        const moved = paint(
          polygon.map(([x, y]): Point => [x + dx, y + dy]),
          SIZE,
          SIZE,
        );
        expect(picture(moved)).toEqual(moveBy(paint(polygon, SIZE, SIZE), dx, dy));
      }),
      RUNS,
    );
  });
});

function moveBy({ data, height, width }: Plane, dx: number, dy: number): string[] {
  const moved = new Uint8Array(data.length);
  data.forEach((value, pixel) => {
    if (value === 1) moved[pixel + dy * width + dx] = 1;
  });
  return picture({ data: moved, height, width });
}

/** Pixel by pixel: inside, or on the line of a side. */
function slowPicture(polygon: readonly Point[], size: number): string[] {
  const sides = polygon.map(
    (from, i) => [from, polygon[(i + 1) % polygon.length] as Point] as const,
  );
  const range = Array.from({ length: size }, (_, i) => i);
  return range.map((y) =>
    range
      .map((x) => {
        const crossed = sides.filter(([a, b]) => isRightOf([x, y], a, b)).length;
        const onLine = sides.some(([a, b]) => isOnLine([x, y], a, b));
        return crossed % 2 === 1 || onLine ? '#' : '.';
      })
      .join(''),
  );
}

/** A ray from the pixel to the left meets the side, whose upper end belongs to it and whose lower one does not. */
function isRightOf([x, y]: Point, a: Point, b: Point): boolean {
  const [upper, lower] = a[1] < b[1] ? [a, b] : [b, a];
  if (y < upper[1] || y >= lower[1]) return false;
  return (x - upper[0]) * (lower[1] - upper[1]) > (lower[0] - upper[0]) * (y - upper[1]);
}

/** The side passes nearest to this pixel in its column, or, if it is higher than wide, in its row. */
function isOnLine([x, y]: Point, a: Point, b: Point): boolean {
  const [left, right] = a[0] <= b[0] ? [a, b] : [b, a];
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]];
  if (dx >= Math.abs(dy)) {
    if (x < left[0] || x > right[0]) return false;
    return y - left[1] === (dx === 0 ? 0 : nearest(((x - left[0]) * dy) / dx));
  }
  const steps = (y - left[1]) * Math.sign(dy);
  if (steps < 0 || steps > Math.abs(dy)) return false;
  return x - left[0] === nearest((steps * dx) / Math.abs(dy));
}

/** The nearest integer, of two the one nearer to 0, as seen from the left end. */
function nearest(value: number): number {
  return Math.sign(value) * Math.ceil(Math.abs(value) - 0.5) + 0;
}
