import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFolder } from '../../../lib/cli/folder';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pse-loss-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function put(...names: string[]) {
  for (const name of names) await writeFile(join(folder, name), '');
}

describe('readFolder', () => {
  test('pairs photos with their gt files, numbers in numeric order', async () => {
    await put('img_10.jpg', 'gt_img_10.txt', 'img_2.PNG', 'gt_img_2.txt', 'notes.txt');
    const { pairs, unlabelled } = await readFolder(folder);
    expect(pairs.map(({ name }) => name)).toEqual(['img_2', 'img_10']);
    expect(pairs[0]).toEqual({
      name: 'img_2',
      photo: join(folder, 'img_2.PNG'),
      groundTruth: join(folder, 'gt_img_2.txt'),
    });
    expect(unlabelled).toEqual([]);
  });

  test('names photos that have no gt file', async () => {
    await put('a.jpg', 'gt_a.txt', 'b.jpg');
    expect((await readFolder(folder)).unlabelled).toEqual(['b.jpg']);
  });

  test('refuses a gt file without its photo', async () => {
    await put('a.jpg', 'gt_a.txt', 'gt_b.txt');
    await expect(readFolder(folder)).rejects.toThrow(/gt_b\.txt: no photo beside it/);
  });

  test('refuses a folder that is missing, a file, empty, or holds photos alone', async () => {
    await expect(readFolder(join(folder, 'none'))).rejects.toThrow(/none: no such folder/);
    await put('file');
    await expect(readFolder(join(folder, 'file'))).rejects.toThrow(/file: not a folder/);
    await expect(readFolder(folder)).rejects.toThrow(/img_1\.jpg beside gt_img_1\.txt$/);
    await put('a.jpg');
    await expect(readFolder(folder)).rejects.toThrow(/found 1 photo and no gt file/);
  });

  test('does not take a folder for a photo', async () => {
    await put('gt_a.txt');
    await mkdir(join(folder, 'a.jpg'));
    await expect(readFolder(folder)).rejects.toThrow(/no photo/);
  });
});
