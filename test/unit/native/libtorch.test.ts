import { describe, expect, test } from '@jest/globals';
import { libtorch } from 'pse-loss';

describe('libtorch.load', () => {
  test.each([
    [null, 'TypeError', 'ERR_PSE_TYPE', 'options to be an object { directory? }, got null'],
    ['lib', 'TypeError', 'ERR_PSE_TYPE', 'options to be an object { directory? }, got a string'],
    [
      { dir: 'lib' },
      'TypeError',
      'ERR_PSE_OPTION',
      'options to be an object { directory? }, got the option "dir"',
    ],
    [
      { directory: 3 },
      'TypeError',
      'ERR_PSE_TYPE',
      'options.directory to be the path of a folder, got a number',
    ],
  ])('refuses %p before anything is opened', async (options, name, code, said) => {
    await expect(libtorch.load(options as never)).rejects.toMatchObject({
      name,
      code,
      message: `libtorch.load: expected ${said}`,
    });
    expect(libtorch.loaded).toBe(false);
  });

  test('says of nothing that it is loaded before it is', () => {
    const { version, variant, directory, source } = libtorch;
    expect({ version, variant, directory, source }).toEqual({});
  });
});
