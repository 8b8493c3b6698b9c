// scope: what is made inside ends with it, what it returns does not, and scopes at the same time do not mix.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { PSELoss, scope, Tensor } from 'pse-loss';
import { makeBatch } from '../../support/batch';
import { errorOf } from '../../support/error-of';

const make = (value = 1) => Tensor.from(Float32Array.of(value));
const ends = (tensors: readonly Tensor[]) => tensors.map(({ disposed }) => disposed);

describe('a scope', () => {
  test('disposes of every tensor that was made inside, by whatever call', () => {
    const outside = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    const made: Tensor[] = [];
    const answer = scope(() => {
      const { maps, labels } = makeBatch({ seed: 7, images: 1, kernels: 1, height: 2, width: 2 });
      const given = Tensor.from(maps);
      made.push(given, Tensor.empty([2]), outside.to({}), outside.detach(), outside.clone());
      made.push(Tensor.fromDLPack(make().toDLPack()));
      const { perImage, ...others } = new PSELoss({ returnMask: true }).valueAndGradSync(
        given,
        labels,
      );
      made.push(...Object.values(perImage), ...Object.values(others));
      expect(ends(made)).toEqual(made.map(() => false));
      return made.length;
    });
    expect(answer).toBe(6 + 5 + 8);
    expect(ends(made)).toEqual(made.map(() => true));
    expect(outside.disposed).toBe(false);
  });

  test('keeps a tensor that it returns', () => {
    const kept = scope(() => {
      make();
      return make(5);
    });
    expect([kept.disposed, kept.itemSync()]).toEqual([false, 5]);
  });

  test('keeps tensors in arrays and plain objects, however deep, also in circles', () => {
    interface Result {
      readonly list: readonly (readonly Tensor[])[];
      readonly bare: { readonly x: Tensor };
      readonly foreign: { readonly y: Tensor };
      itself?: Result;
    }
    const result = scope((): Result => {
      const bare = Object.assign(Object.create(null), { x: make() });
      const foreign = Object.assign(runInNewContext('({})'), { y: make() });
      const returned: Result = { list: [[make(), make()], []], bare, foreign };
      returned.itself = returned;
      return returned;
    });
    const { list, bare, foreign } = result;
    expect(ends([...list.flat(), bare.x, foreign.y])).toEqual(Array(4).fill(false));
  });

  test('does not look into other objects', () => {
    class Holder {
      readonly tensor = make();
    }
    const { holder, map } = scope(() => ({ holder: new Holder(), map: new Map([[1, make()]]) }));
    expect([holder.tensor.disposed, map.get(1)?.disposed]).toEqual([true, true]);
  });

  test('does not mind what was disposed of inside, or is no tensor', () => {
    const answer = scope(() => {
      make().dispose();
      return null;
    });
    expect([answer, scope(() => undefined), scope(() => 'text')]).toEqual([
      null,
      undefined,
      'text',
    ]);
  });

  test('waits for nothing: what is still to be made is released when it is', async () => {
    const data = scope(() => {
      const large = Tensor.from(new Float32Array(200_000).fill(2)).to({ dtype: 'float64' });
      return { promise: large.data() };
    });
    expect((await data.promise).every((value) => value === 2)).toBe(true);
  });

  test('disposes of everything when its work throws, and the error comes out', () => {
    const made: Tensor[] = [];
    const failure = new RangeError('on purpose');
    const work = () =>
      scope(() => {
        made.push(make());
        throw failure;
      });
    expect(work).toThrow(failure);
    expect(ends(made)).toEqual([true]);
  });

  test.each([undefined, null, 1, {}, Promise.resolve(1)])('refuses %p for its work', (work) => {
    expect(errorOf(() => scope(work as never))).toMatchObject({
      ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
      message: expect.stringMatching(/^scope: expected work to be a function, got /),
    });
  });
});

describe('a scope whose work is asynchronous', () => {
  test('ends with its promise', async () => {
    const made: Tensor[] = [];
    const running = scope(async () => {
      made.push(make());
      await setImmediate();
      const kept = make(4);
      made.push(make(), kept);
      await setTimeout(1);
      expect(ends(made)).toEqual([false, false, false]);
      return { kept };
    });
    expect(ends(made)).toEqual([false]);
    const { kept } = await running;
    expect(ends(made)).toEqual([true, true, false]);
    expect(await kept.item()).toBe(4);
  });

  test('disposes of everything when its promise is rejected', async () => {
    const made: Tensor[] = [];
    const failure = new RangeError('on purpose');
    const running = scope(async () => {
      made.push(make());
      await setImmediate();
      made.push(make());
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(ends(made)).toEqual([true, true]);
  });

  test('does not mix with others at the same time', async () => {
    const made: Tensor[][] = [[], []];
    const run = (which: number, rest: number) =>
      scope(async () => {
        for (let i = 0; i < 3; i += 1) {
          made[which]!.push(make(which));
          await setTimeout(rest);
        }
        return made[which]![1]!;
      });
    const slow = run(0, 6);
    const fast = run(1, 1);
    const keptOfFast = await fast;
    expect(ends(made[1]!)).toEqual([true, false, true]);
    expect(ends(made[0]!).every((disposed) => !disposed)).toBe(true);
    const outside = make();
    const keptOfSlow = await slow;
    expect(ends(made[0]!)).toEqual([true, false, true]);
    expect(ends([outside, keptOfSlow, keptOfFast])).toEqual([false, false, false]);
    expect([keptOfSlow.itemSync(), keptOfFast.itemSync()]).toEqual([0, 1]);
  });

  test('a step of a training, with its gradient read inside', async () => {
    const { maps, labels } = makeBatch({ seed: 8, images: 2, kernels: 2 });
    const expected = new PSELoss().valueAndGradSync(maps, labels).grad.data;
    const grad = await scope(async () => {
      const leaf = Tensor.from(maps, { requiresGrad: true });
      const { loss } = await new PSELoss().forward(leaf, labels);
      await loss.backward();
      return leaf.grad!.data();
    });
    expect(grad).toEqual(expected);
  });
});

describe('a scope within a scope', () => {
  test('hands what it returns to the one around it', () => {
    let inner: Tensor | undefined;
    let first: Tensor | undefined;
    const kept = scope(() => {
      first = make(1);
      inner = scope(() => make(2));
      expect(ends([first, inner])).toEqual([false, false]);
      return scope(() => make(3));
    });
    expect(ends([first!, inner!, kept])).toEqual([true, true, false]);
  });

  test('leaves alone what was made around it, even if it returns it', () => {
    const kept = scope(() => {
      const around = make();
      scope(() => make());
      scope(() => around);
      expect(around.disposed).toBe(false);
      return around;
    });
    expect(kept.disposed).toBe(false);
  });

  test('may end by an error that is caught around it', () => {
    const kept = scope(() => {
      const before = make();
      expect(() =>
        scope(() => {
          make();
          throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
      return [before, make()];
    });
    expect(ends(kept)).toEqual([false, false]);
  });
});

describe('a tensor that is made after its scope has ended', () => {
  test('belongs to the one around it, or to nobody', async () => {
    let late: Promise<Tensor> | undefined;
    const outer: Tensor[] = [];
    await scope(async () => {
      scope(() => {
        late = setTimeout(2).then(() => make());
      });
      outer.push(await late!);
      expect(ends(outer)).toEqual([false]);
    });
    expect(ends(outer)).toEqual([true]);

    let later: Promise<Tensor> | undefined;
    scope(() => {
      later = setTimeout(2).then(() => make(6));
    });
    const tensor = await later!;
    expect([tensor.disposed, tensor.itemSync()]).toEqual([false, 6]);
  });
});

describe('a gradient', () => {
  test('is no scope’s, but its tensor’s', () => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    scope(() => leaf.clone().backwardSync());
    expect([leaf.grad?.disposed, leaf.grad?.itemSync()]).toEqual([false, 1]);
  });

  test('ends with its tensor', () => {
    let grad: Tensor | null = null;
    scope(() => {
      const inside = Tensor.from(Float32Array.of(1), { requiresGrad: true });
      inside.backwardSync();
      grad = inside.grad;
    });
    expect(grad!.disposed).toBe(true);
  });

  test('is kept where it is returned, and then ends with the scope around', async () => {
    const outer: Tensor[] = [];
    const value = await scope(async () => {
      const { grad } = await scope(async () => {
        const inside = Tensor.from(Float32Array.of(1), { requiresGrad: true });
        await inside.clone().backward();
        return { grad: inside.grad! };
      });
      outer.push(grad);
      return grad.item();
    });
    expect([value, outer[0]!.disposed]).toEqual([1, true]);
  });
});

describe('what work returns', () => {
  test('may be a hundred thousand numbers', () => {
    const many = scope(() => new Array(200_000).fill(0));
    expect(many).toHaveLength(200_000);
  });

  test('may have a getter that throws: everything is disposed of, and its error comes out', () => {
    const made: Tensor[] = [];
    const broken = () =>
      scope(() => {
        made.push(Tensor.from(Float32Array.of(1)));
        return {
          get value() {
            throw new Error('mine');
          },
        };
      });
    expect(broken).toThrow('mine');
    expect(made[0]!.disposed).toBe(true);
  });

  test('may be a promise of a library’s own', async () => {
    const made: Tensor[] = [];
    const thenable = scope(() => {
      made.push(Tensor.from(Float32Array.of(1)));
      return {
        // biome-ignore lint/suspicious/noThenProperty: that is what it is about
        then: (resolve: (value: boolean) => void) => resolve(made[0]!.disposed),
      };
    });
    expect(await thenable).toBe(false);
    expect(made[0]!.disposed).toBe(true);
  });
});
