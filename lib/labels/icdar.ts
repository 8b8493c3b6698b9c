// ICDAR-2015's text files. Strings in, texts out: reading files is the caller's.
import { readOptions } from '../arguments/choice';
import { describe, quote } from '../arguments/describe';
import { mismatch } from '../errors';
import { COORDINATES, type TextPolygon } from './texts';

/** What {@link parseIcdar} may be told. */
export interface ParseIcdarOptions {
  /** name of the file, for messages */
  readonly file?: string | undefined;
}

const CALL = 'parseIcdar';
const LAYOUT = 'x1,y1,x2,y2,x3,y3,x4,y4,transcription';
/** The transcription of texts that are not to be learned. */
const ILLEGIBLE = '###';
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Parses a text file of ICDAR 2015: one text a line, `x1,y1,x2,y2,x3,y3,x4,y4,transcription`.
 *
 * A byte order mark, Windows line ends, blank lines and spaces around numbers are fine; numbers may
 * have decimals. Everything after the eighth comma is the transcription, commas included: therefore
 * the format has four corners and no more, and a polygon of more corners has to be given to
 * `makeLabels` as an object. The transcription `###` marks a text to be ignored (PSENet ignores
 * whatever begins with `#`, which loses real texts such as `#1`).
 *
 * @param text the content of the file, decoded
 * @returns the texts in the order of the file, each with polygon, ignore and transcription
 * @throws ERR_PSE_FORMAT with file and line; ERR_PSE_TYPE, ERR_PSE_OPTION
 * @example
 * ```ts
 * import { makeLabels, parseIcdar } from 'pse-loss/labels';
 *
 * const file = '377,117,463,117,465,130,378,130,Genaxis\r\n374,155,409,155,409,170,374,170,###\r\n';
 * const texts = parseIcdar(file, { file: 'gt_img_1.txt' });
 * console.log(texts.map(({ ignore }) => ignore)); // [ false, true ]
 * const labels = makeLabels(texts, { height: 720, width: 1280 });
 * console.log(labels.gtTexts.shape); // [ 1, 720, 1280 ]
 * ```
 *
 * Source: Incidental Scene Text, task 4.1 (localisation), of the ICDAR 2015 Robust Reading
 * Competition.
 */
export function parseIcdar(text: string, options: ParseIcdarOptions = {}): TextPolygon[] {
  if (typeof text !== 'string') throw notAString('text', text, 'decode the file as UTF-8');
  const { file } = readOptions(CALL, 'options', options, ['file']);
  if (file !== undefined && typeof file !== 'string') throw notAString('options.file', file);

  const texts: TextPolygon[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      if (line.trim() === '') return;
      const place = file === undefined ? `line ${index + 1}` : `${file}:${index + 1}`;
      texts.push(parseLine(line, place));
    });
  return texts;
}

function parseLine(line: string, place: string): TextPolygon {
  const fields = line.split(',');
  if (fields.length < 9) {
    const got = `${quote(line)}, ${fields.length} of 9 fields`;
    const hint = /\.txt$/i.test(line.trim())
      ? 'pass the content of a file, not its path'
      : undefined;
    throw mismatch('ERR_PSE_FORMAT', {
      call: CALL,
      argument: place,
      requirement: LAYOUT,
      got,
      hint,
    });
  }
  const number = (field: number) => parseCoordinate(fields[field] as string, place, field);
  const transcription = fields.slice(8).join(',');
  return {
    polygon: [
      [number(0), number(1)],
      [number(2), number(3)],
      [number(4), number(5)],
      [number(6), number(7)],
    ],
    ignore: transcription.trim() === ILLEGIBLE,
    transcription,
  };
}

function parseCoordinate(text: string, place: string, field: number): number {
  const trimmed = text.trim();
  const value = DECIMAL.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (value >= COORDINATES.min && value <= COORDINATES.max) return value;
  const name = `${field % 2 === 0 ? 'x' : 'y'}${Math.floor(field / 2) + 1}`;
  throw mismatch('ERR_PSE_FORMAT', {
    call: CALL,
    argument: `${name} in ${place}`,
    requirement: `a number from ${COORDINATES.min} to ${COORDINATES.max}`,
    got: quote(text),
    hint: `a line is ${LAYOUT}`,
  });
}

function notAString(argument: string, value: unknown, hint?: string) {
  const got = describe(value);
  return mismatch('ERR_PSE_TYPE', { call: CALL, argument, requirement: 'a string', got, hint });
}
