// ICDAR 2015's text files: what is taken, and what is refused in which words.
import { describe, expect, test } from '@jest/globals';
import { makeLabels, parseIcdar } from 'pse-loss/labels';
import { errorOf } from '../../support/error-of';

const LINE = '377,117,463,117,465,130,378,130,Genaxis Theatre';
const LAYOUT = 'x1,y1,x2,y2,x3,y3,x4,y4,transcription';

const parse = (text: unknown, options?: unknown) => parseIcdar(text as string, options as object);
/** The only text of a file. */
const only = (text: string) => {
  const texts = parseIcdar(text);
  expect(texts).toHaveLength(1);
  return texts[0];
};

describe('takes', () => {
  test('one text a line, in the order of the file', () => {
    expect(parseIcdar(`${LINE}\n1,2,3,4,5,6,7,8,###\n`)).toEqual([
      {
        polygon: [
          [377, 117],
          [463, 117],
          [465, 130],
          [378, 130],
        ],
        ignore: false,
        transcription: 'Genaxis Theatre',
      },
      {
        polygon: [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
        ignore: true,
        transcription: '###',
      },
    ]);
  });

  test.each([
    ['of Unix', '\n'],
    ['of Windows', '\r\n'],
    ['of old Macs', '\r'],
  ])('line ends %s, after the last line too or not', (_name, end) => {
    const texts = parseIcdar(`${LINE}\n${LINE}`);
    expect(texts).toHaveLength(2);
    expect(parseIcdar(`${LINE}${end}${LINE}`)).toEqual(texts);
    expect(parseIcdar(`${LINE}${end}${LINE}${end}`)).toEqual(texts);
  });

  test('a byte order mark, which many of the files have', () => {
    expect(parseIcdar(`\uFEFF${LINE}`)).toEqual(parseIcdar(LINE));
  });

  test('blank lines', () => {
    expect(parseIcdar(`\n${LINE}\n  \n\n`)).toEqual(parseIcdar(LINE));
  });

  test('a file without texts', () => {
    for (const text of ['', '\uFEFF', '\r\n']) expect(parseIcdar(text)).toEqual([]);
  });

  test('commas in the transcription', () => {
    expect(only('1,2,3,4,5,6,7,8,a,b,,c,')?.transcription).toBe('a,b,,c,');
  });

  test('spaces around numbers, and the transcription with its own', () => {
    const text = only(' 1, 2 ,3\t,4,5,6,7,8 , to let ');
    expect(text?.polygon[0]).toEqual([1, 2]);
    expect(text?.transcription).toBe(' to let ');
  });

  test('an empty transcription', () => {
    expect(only('1,2,3,4,5,6,7,8,')).toMatchObject({ transcription: '', ignore: false });
  });

  test('transcriptions of any script', () => {
    expect(only('1,2,3,4,5,6,7,8,Größe 東京')?.transcription).toBe('Größe 東京');
  });

  test.each([
    ['-5', -5],
    ['+5', 5],
    ['12.5', 12.5],
    ['12.', 12],
    ['.5', 0.5],
    ['1e2', 100],
    ['1.5E-1', 0.15],
    ['1048576', 1048576],
    ['-1048576', -1048576],
  ])('the number %s', (text, value) => {
    expect(only(`${text},2,3,4,5,6,7,8,x`)?.polygon[0]).toEqual([value, 2]);
  });

  test('no options, or a name of the file', () => {
    expect(parseIcdar(LINE, {})).toEqual(parseIcdar(LINE));
    expect(parseIcdar(LINE, { file: undefined })).toEqual(parseIcdar(LINE));
    expect(parseIcdar(LINE, { file: 'gt_img_1.txt' })).toEqual(parseIcdar(LINE));
  });
});

describe('ignores', () => {
  test.each(['###', '### ', ' ###'])('the transcription %p', (transcription) => {
    expect(only(`1,2,3,4,5,6,7,8,${transcription}`)?.ignore).toBe(true);
  });

  test.each(['#', '##', '####', '#1', '###,', 'a###', '"###"'])('not %p', (transcription) => {
    expect(only(`1,2,3,4,5,6,7,8,${transcription}`)?.ignore).toBe(false);
  });
});

test('what it gives is what makeLabels takes', () => {
  const texts = parseIcdar('2,1,21,1,21,10,2,10,word\r\n2,1,21,1,21,10,2,10,###\r\n');
  const { gtTexts, trainingMasks } = makeLabels(texts, { height: 12, width: 24 });
  expect(gtTexts.data[24 + 2]).toBe(1);
  expect(trainingMasks.data[24 + 2]).toBe(0);
});

describe('refuses', () => {
  test.each([
    ['1,2,3,4,5,6,7,8', '"1,2,3,4,5,6,7,8", 8 of 9 fields'],
    ['word', '"word", 1 of 9 fields'],
    ['gt_img_1.txt', '"gt_img_1.txt", 1 of 9 fields (pass the content of a file, not its path)'],
    ['x'.repeat(50), `"${'x'.repeat(40)}…", 1 of 9 fields`],
  ])('the line %p, which has too few fields', (line, got) => {
    expect(errorOf(() => parseIcdar(`${LINE}\n${line}`, { file: 'gt_img_7.txt' }))).toEqual({
      name: 'Error',
      code: 'ERR_PSE_FORMAT',
      message: `parseIcdar: expected gt_img_7.txt:2 to be ${LAYOUT}, got ${got}`,
    });
  });

  test.each([
    ['x', 0, 'x1'],
    ['', 1, 'y1'],
    [' ', 2, 'x2'],
    ['NaN', 3, 'y2'],
    ['Infinity', 4, 'x3'],
    ['0x10', 5, 'y3'],
    ['1e999', 6, 'x4'],
    ['1 2', 7, 'y4'],
    ['１', 0, 'x1'],
    ['1048577', 0, 'x1'],
    ['-1048577', 1, 'y1'],
    ['--1', 0, 'x1'],
    ['.', 0, 'x1'],
    ['1e', 0, 'x1'],
  ])('the number %p', (number, field, name) => {
    const fields = ['1', '2', '3', '4', '5', '6', '7', '8', 'word'];
    fields[field] = number;
    expect(errorOf(() => parseIcdar(fields.join(',')))).toEqual({
      name: 'Error',
      code: 'ERR_PSE_FORMAT',
      message: `parseIcdar: expected ${name} in line 1 to be a number from -1048576 to 1048576, got ${JSON.stringify(number)} (a line is ${LAYOUT})`,
    });
  });

  test('a bad line by its number in the file, blank lines counted', () => {
    const text = `\uFEFF\r\n${LINE}\r\n\r\n${LINE.replace('465', '46S')}\r\n`;
    expect(errorOf(() => parseIcdar(text, { file: 'data/gt_img_1.txt' })).message).toBe(
      `parseIcdar: expected x3 in data/gt_img_1.txt:4 to be a number from -1048576 to 1048576, got "46S" (a line is ${LAYOUT})`,
    );
  });

  test('a very long number in no time', () => {
    const start = performance.now();
    const { message } = errorOf(() => parseIcdar(`${'1'.repeat(300_000)}x,2,3,4,5,6,7,8,word`));
    expect(performance.now() - start).toBeLessThan(1000);
    expect(message.length).toBeLessThan(250);
  });

  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [Buffer.from(LINE), `a Uint8Array of ${LINE.length} elements`],
    [[LINE], 'an array of 1 element'],
    [new String(LINE), 'an object'],
  ])('the text %p', (text, got) => {
    expect(errorOf(() => parse(text))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `parseIcdar: expected text to be a string, got ${got} (decode the file as UTF-8)`,
    });
  });

  test.each([
    [1, 'the number 1'],
    [null, 'null'],
    [new URL('file:///gt.txt'), 'an object'],
  ])('the file name %p', (file, got) => {
    expect(errorOf(() => parse(LINE, { file }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `parseIcdar: expected options.file to be a string, got ${got}`,
    });
  });

  test('unknown options, with the known ones', () => {
    expect(errorOf(() => parse(LINE, { File: 'gt.txt' }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message:
        'parseIcdar: expected options to be an object with known options only, got the option "File" (did you mean \'file\'?)',
    });
    expect(errorOf(() => parse(LINE, { encoding: 'utf8' })).message).toBe(
      'parseIcdar: expected options to be an object with known options only, got the option "encoding" (known are file)',
    );
  });

  test('a file name where options belong', () => {
    expect(errorOf(() => parse(LINE, 'gt.txt'))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: 'parseIcdar: expected options to be an object, got the string "gt.txt"',
    });
  });
});
