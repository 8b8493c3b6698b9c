import { describe, expect, test } from '@jest/globals';
import { libtorch } from 'pse-loss';

describe('libtorch.load', () => {
  test.each([
    [null, 'ERR_PSE_TYPE', 'options to be an object, got null'],
    ['lib', 'ERR_PSE_TYPE', 'options to be an object, got the string "lib"'],
    [['lib'], 'ERR_PSE_TYPE', 'options to be an object, got an array of 1 element'],
    [
      { directry: 'lib' },
      'ERR_PSE_OPTION',
      'options to be an object with known options only, got the option "directry" (did you mean \'directory\'?)',
    ],
    [
      { directory: 3 },
      'ERR_PSE_TYPE',
      'options.directory to be the path of a folder, got the number 3',
    ],
    [{ directory: null }, 'ERR_PSE_TYPE', 'options.directory to be the path of a folder, got null'],
  ])('refuses %p before anything is opened', async (options, code, said) => {
    await expect(libtorch.load(options as never)).rejects.toMatchObject({
      name: 'TypeError',
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
