// docs/presets.md against what it tells of: the table of options against the presets, the table of numbers against the golden cases.
import { describe, expect, test } from '@jest/globals';
import { presets } from 'pse-loss';
import { readPage } from './pages';

/** The cells of the Markdown table whose first row begins with `head`, without its rule. */
function table(head: string): readonly (readonly string[])[] {
  const lines = readPage('docs/presets.md').split('\n');
  const start = lines.findIndex((line) => line.startsWith(head));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  return lines
    .slice(start, start + length)
    .filter((line) => !line.startsWith('| ---'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('the table of options', () => {
  const [[, ...names] = [], ...rows] = table('| option |');

  test('has every preset', () => expect(names).toEqual(Object.keys(presets)));

  test.each(names.map((name, column) => [name, column + 1] as const))('%s', (name, column) => {
    const preset = presets[name as keyof typeof presets] as Record<string, unknown>;
    const differ = rows.filter(([option, ...cells]) => {
      const cell = cells[column - 1] as string;
      return (
        cell !== '–' &&
        String(preset[option as string]) !==
          String(Number.isNaN(Number(cell)) ? cell : Number(cell))
      );
    });
    expect(differ).toEqual([]);
  });
});

describe('the table of numbers', () => {
  const { cases } = JSON.parse(readPage('test/fixtures/golden/index.json')) as {
    cases: {
      preset: string;
      case: string;
      options: { alpha: number };
      float64: { loss_text: number[]; loss_kernels: number[] };
    }[];
  };
  const [[, , ...names] = [], ...rows] = table('| case |');
  const numbers = rows.flatMap(([title, part, ...cells], row) => {
    const text = title === '' ? (rows[row - 1]?.[0] as string) : (title as string);
    return cells.flatMap((cell, i) =>
      cell === ''
        ? []
        : [[text.split(':')[0] as string, names[i] as string, part as string, cell] as const],
    );
  });

  test.each(numbers)('%s, %s, %s', (name, preset, part, cell) => {
    const found = cases.find((each) => each.case === name && each.preset === preset);
    if (found === undefined) throw new Error(`no case ${preset}/${name}`);
    const values = part === 'lossText' ? found.float64.loss_text : found.float64.loss_kernels;
    const { alpha } = found.options;
    // psenet's and mmocr's own code gives its parts weighted
    const weighted = preset === 'psenet' || preset === 'mmocr';
    const weight = weighted ? (part === 'lossText' ? alpha : 1 - alpha) : 1;
    const mean = values.reduce((sum, value) => sum + value / weight, 0) / values.length;
    expect(mean.toFixed(6).replace(/^0/, '')).toBe(cell);
  });
});
