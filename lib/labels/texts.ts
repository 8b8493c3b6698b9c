// The texts that a user hands over: polygons of one image or of a batch, checked.
import { readBoolean } from '../arguments/choice';
import { describe } from '../arguments/describe';
import { readNumber } from '../arguments/number';
import { mismatch } from '../errors';
import type { Point } from './rasterize';

/** One text of an image. Other properties may be there and are not looked at. */
export interface TextPolygon {
  /** at least three corners [x, y] in pixels, in order, in either direction; x to the right, y down */
  readonly polygon: readonly (readonly [number, number])[];
  /** the text is not to be learned; @default false */
  readonly ignore?: boolean | undefined;
  /** what is written there; the labels do not depend on it, not even on `###` */
  readonly transcription?: string | undefined;
}

/** A text that was checked: finite corners, at least three of them. */
export interface Text {
  readonly polygon: readonly Point[];
  readonly ignore: boolean;
}

/** The range of a coordinate, in pixels: far outside any image, near enough for exact arithmetic. */
export const COORDINATES = { min: -1_048_576, max: 1_048_576 } as const;

/** Takes the texts of one image or of each image of a batch, or throws ERR_PSE_TYPE, _SHAPE or _RANGE. */
export function readBatch(
  call: string,
  argument: string,
  value: unknown,
): readonly (readonly Text[])[] {
  const readImage = (image: unknown, name: string, requirement: string) =>
    readEach(call, name, image, requirement, (text, at) => readText(call, at, text));
  const ofEither = 'an array of texts, or one such array per image';
  // Without texts it is one image, not a batch of none: pages without text are common in data sets.
  const isBatch = Array.isArray(value) && Array.isArray(value[0]);
  if (!isBatch) return [readImage(value, argument, ofEither)];
  return readEach(call, argument, value, ofEither, (image, at) =>
    readImage(image, at, 'an array of texts, as the first image is'),
  );
}

function readText(call: string, argument: string, value: unknown): Text {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'an object { polygon, ignore? }',
      got: describe(value),
      hint: Array.isArray(value) ? 'pass { polygon: [[x1, y1], [x2, y2], …] }' : undefined,
    });
  }
  const { polygon, ignore } = value as { polygon?: unknown; ignore?: unknown };
  const corners = readEach(
    call,
    `${argument}.polygon`,
    polygon,
    'an array of points [x, y]',
    (corner, at) => readPoint(call, at, corner),
  );
  if (corners.length < 3) {
    throw mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `${argument}.polygon`,
      requirement: 'an array of 3 or more points [x, y]',
      got: describe(polygon),
    });
  }
  return {
    polygon: corners,
    ignore: ignore === undefined ? false : readBoolean(call, `${argument}.ignore`, ignore),
  };
}

function readPoint(call: string, argument: string, value: unknown): Point {
  if (!Array.isArray(value) || value.length !== 2) {
    throw mismatch(Array.isArray(value) ? 'ERR_PSE_SHAPE' : 'ERR_PSE_TYPE', {
      call,
      argument,
      requirement: 'a point [x, y]',
      got: describe(value),
      hint: Array.isArray(value) ? undefined : 'pass [[x1, y1], [x2, y2], …]',
    });
  }
  return [
    readNumber(call, `${argument}[0]`, value[0], COORDINATES),
    readNumber(call, `${argument}[1]`, value[1], COORDINATES),
  ];
}

/** Reads the elements of an array in turn, holes as undefined: the first that is refused ends it. */
function readEach<T>(
  call: string,
  argument: string,
  value: unknown,
  requirement: string,
  read: (element: unknown, argument: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) {
    throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got: describe(value) });
  }
  return Array.from({ length: value.length }, (_, i) => read(value[i], `${argument}[${i}]`));
}
