import { describe, expect, test } from '@jest/globals';
import { referenceLoss } from '../../reference/pse-loss';
import { batchOf, codesOf, findingOf, learned, rectangle, scene, TEXT } from './scene';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe('maps-look-like-probabilities', () => {
  const probabilities = () =>
    scene((image) => {
      image.maps = image.maps.map((map) => map.map((x) => sigmoid(10 * x)));
    });

  test('says how low the loss can get with the sigmoid taken twice', () => {
    const finding = findingOf('maps-look-like-probabilities', [probabilities()]);
    expect(finding).toEqual({
      code: 'maps-look-like-probabilities',
      severity: 'error',
      numbers: {
        smallest: sigmoid(-30),
        largest: sigmoid(34),
        floor: expect.closeTo(0.2813, 4),
      },
      message:
        'All logits of the batch are between 0 and 1 (9.36e-14 to 1): they look like probabilities, whose sigmoid, taken once more, reaches from 0.5 to 0.73 only; with the pixels that OHEM keeps here the text loss cannot fall below 0.281.',
      advice: expect.stringContaining('leave out the sigmoid'),
    });
    // Perfect probabilities reach the floor.
    expect(batchOf([probabilities()]).perImage.lossText[0]).toBeCloseTo(finding!.numbers.floor!, 6);
  });

  test('leaves the floor out where there is nothing to learn', () => {
    const empty = probabilities();
    empty.text.fill(0);
    const finding = findingOf('maps-look-like-probabilities', [empty]);
    expect(Object.keys(finding!.numbers)).toEqual(['smallest', 'largest']);
    expect(finding!.message).toMatch(/reaches from 0\.5 to 0\.73 only\.$/);
  });

  test('is not said of one logit below 0 or above 1, in any image, nor of maps that are 0', () => {
    const below = probabilities();
    below.maps[2]![5] = -0.001;
    const above = probabilities();
    above.maps[0]![5] = 1.001;
    const zeros = scene((image) => {
      for (const map of image.maps) map.fill(0);
    });
    for (const batch of [[below], [above], [zeros], [probabilities(), below]]) {
      expect(codesOf(batch)).not.toContain('maps-look-like-probabilities');
    }
  });
});

describe('saturated-logits', () => {
  /** `drowned` of the 8 logits above the last kernel are at −20. */
  const drowning = (drowned: number) =>
    scene((image) => {
      const above = image.maps[2]!.flatMap((x, i) => (x > 0 ? [i] : []));
      for (const i of above.slice(0, drowned)) image.maps[2]![i] = -20;
    });

  test('counts logits that are far on the wrong side', () => {
    expect(findingOf('saturated-logits', [drowning(4), scene()])).toEqual({
      code: 'saturated-logits',
      severity: 'warning',
      image: 0,
      numbers: { channels: 1, drowned: 4, onTarget: 8, blinded: 0, offTarget: 136 },
      message:
        'In image 0 maps are saturated on the wrong side (channel 2): 4 of 8 logits on their targets are below −16; there the sigmoid has a slope below 1.2e-7, and next to no gradient comes through.',
      advice: expect.stringContaining('lower the learning rate'),
    });
  });

  test('counts the background, too, and is an error where every image is so', () => {
    const blind = scene((image) => {
      image.maps[0]!.fill(30);
      image.maps[1] = learned(rectangle(2), -30);
    });
    expect(findingOf('saturated-logits', [blind])).toMatchObject({
      severity: 'error',
      numbers: { channels: 2, drowned: 24, onTarget: 72, blinded: 96 + 120, offTarget: 216 },
      message: expect.stringContaining(
        '(channels 0, 1): 24 of 72 logits on their targets are below −16, 216 of 216 logits beside them are above 16;',
      ),
    });
  });

  test('is not said of less than half, of ±16 itself, or of the right side', () => {
    const edge = scene((image) => {
      image.maps[2] = image.maps[2]!.map((x) => (x > 0 ? -16 : x));
    });
    const sure = scene((image) => {
      image.maps = image.maps.map((map) => map.map((x) => 20 * x));
    });
    for (const image of [drowning(3), edge, sure]) {
      expect(codesOf([image])).not.toContain('saturated-logits');
    }
  });

  test('is right about the gradient', () => {
    const { maps, labels } = batchOf([drowning(8)]);
    const { grad } = referenceLoss(maps as never, labels as never);
    const last = (grad.data as Float64Array).slice(-144).map(Math.abs);
    expect(Math.max(...[...last].filter((_, i) => maps.data[288 + i] === -20))).toBeLessThan(1e-9);
  });
});

describe('constant-maps', () => {
  test('counts maps of one value, and names the first', () => {
    const dead = scene((image) => {
      image.maps[0]!.fill(-2);
      image.maps[2]!.fill(-2.25);
    });
    expect(findingOf('constant-maps', [scene(), dead])).toEqual({
      code: 'constant-maps',
      severity: 'warning',
      image: 1,
      numbers: { maps: 2, channel: 0, value: -2 },
      message:
        'In image 1, 2 of 3 maps have one logit everywhere (channel 0 of image 1: -2); with every pixel a tie, OHEM cannot choose in a text map like that.',
      advice: expect.stringMatching(/Before the first step.*dead ReLUs/),
    });
    expect(findingOf('constant-maps', [dead, dead])).toMatchObject({
      images: [0, 1],
      numbers: { images: 2, maps: 4, channel: 0, value: -2 },
      message: expect.stringContaining('In both images, 4 of 6 maps have one logit everywhere'),
    });
  });

  test('is not said where one logit differs', () => {
    const nearly = scene((image) => {
      image.maps[0]!.fill(-2);
      image.maps[0]![9] = -2.0001;
    });
    expect(codesOf([nearly])).not.toContain('constant-maps');
  });
});

describe('maps-look-reversed', () => {
  const reversed = () =>
    scene((image) => {
      image.maps.reverse();
    });

  test('is said of maps that grow towards the text', () => {
    expect(findingOf('maps-look-reversed', [reversed()])).toEqual({
      code: 'maps-look-reversed',
      severity: 'warning',
      numbers: { first: (2 * 32) / (32 + TEXT), last: 1, firstPixels: 32, lastPixels: TEXT },
      message:
        'The maps grow from channel 0 (32 pixels predicted) to channel 2 (192), each inside the next, and the last agrees with the text (dice 1) better than the first (0.286): they look reversed.',
      advice: expect.stringContaining('Channel 0 is the text map'),
    });
  });

  test('is not said of the right order, of maps that do not grow, nor of a last map that is not the text', () => {
    const equal = scene((image) => {
      image.maps = [learned(rectangle(4)), learned(rectangle()), learned(rectangle())];
    });
    const elsewhere = reversed();
    elsewhere.text = elsewhere.text.map((_, p) => Number(p < 24 || p >= 552));
    const touching = reversed();
    touching.text = rectangle().map((value, p) => (p % 24 < 6 ? value : 0));
    const apart = reversed();
    apart.maps[0] = apart.maps[0]!.map((_, i) => (i < 4 ? 3 : -3));
    for (const image of [scene(), equal, elsewhere, touching, apart]) {
      expect(codesOf([image])).not.toContain('maps-look-reversed');
    }
  });
});
