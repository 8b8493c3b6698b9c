// Keys that stand twice in one object of a JSON text.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { duplicateKey } from '../../../lib/files/safetensors-keys';

describe('finds', () => {
  test.each([
    ['{"a":1,"a":2}', 'a', 7],
    ['{"a":1,"b":2,"a":3}', 'a', 13],
    ['{"a" : 1,\n\t"a"\r :2}', 'a', 11],
    ['{"a":1,"\\u0061":2}', 'a', 7],
    ['{"\\"":1,"\\u0022":2}', '"', 8],
    ['{"\\\\":1,"\\\\":2}', '\\', 8],
    ['{"":1,"":2}', '', 6],
    ['{"a":{"b":1,"b":2}}', 'b', 12],
    ['{"a":[{"b":1,"b":2}]}', 'b', 13],
    ['{"a":{"b":{}},"c":"a","a":1}', 'a', 22],
    ['{"__proto__":1,"__proto__":2}', '__proto__', 15],
  ])('%j', (json, key, at) => {
    JSON.parse(json);
    expect(duplicateKey(json)).toEqual({ key, at });
  });
});

describe('finds none in', () => {
  test.each([
    '{}',
    '{"a":"a"}',
    '{"a":["a","a"]}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    '{"a":"\\\\","b":"a"}',
    '{"a":1,"A":1}',
    '{"toString":1}',
  ])('%j', (json) => {
    JSON.parse(json);
    expect(duplicateKey(json)).toBeUndefined();
  });

  test('what JSON.stringify makes, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(3), (value, spaces) => {
        expect(duplicateKey(JSON.stringify(value, null, spaces))).toBeUndefined();
      }),
    );
  });

  test('a long text', () => {
    const json = `{"a":"${'\\u0061'.repeat(1_000_000)}","b":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    expect(duplicateKey(json)).toBeUndefined();
  });
});
