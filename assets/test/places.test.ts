import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, mostDots, type Place, placesOf } from "../src/view/places";

const crowds = [
  { holders: 0, waiting: 0 }, { holders: 1, waiting: 0 }, { holders: 0, waiting: 1 }, { holders: 5, waiting: 2 },
  { holders: 20, waiting: 20 }, { holders: 59, waiting: 0 }, { holders: 0, waiting: 59 }, { holders: 47, waiting: 12 },
];

const distance = (a: Place, b: Place) => Math.hypot(a.x - b.x, a.y - b.y);

for (const crowd of crowds) {
  test(`${crowd.holders} around the middle and ${crowd.waiting} who wait stand within the picture, and apart`, () => {
    const places = placesOf(crowd);
    assert.equal(places.length, 1 + crowd.holders + crowd.waiting);
    const middle = { x: 0, y: 0, size: 0 };
    places.forEach((place, i) => {
      assert.ok(place.size > 1, `${i} is ${place.size} large`);
      assert.ok(distance(place, middle) + place.size <= 50, `${i} is outside`);
      for (const other of places.slice(0, i)) {
        assert.ok(distance(place, other) > place.size + other.size, `${i} is over another`);
      }
    });
  });
}

test("those who wait stand around those who have it", () => {
  const middle = { x: 0, y: 0, size: 0 };
  const places = placesOf({ holders: 30, waiting: 8 });
  const far = Math.max(...places.slice(0, 31).map((place) => distance(place, middle)));
  assert.ok(places.slice(31).every((place) => distance(place, middle) > far));
});

test("of a large crowd some of both kinds are drawn, and no more than there is room for", () => {
  assert.deepEqual(drawn({ holders: 4, waiting: 3 }), { holders: 4, waiting: 3 });
  assert.deepEqual(drawn({ holders: 10_000, waiting: 5 }), { holders: mostDots - 1 - 5, waiting: 5 });
  assert.deepEqual(drawn({ holders: 10_000, waiting: 10_000 }), { holders: mostDots - 1 - 12, waiting: 12 });
  assert.deepEqual(drawn({ holders: 2, waiting: 10_000 }), { holders: 2, waiting: mostDots - 1 - 2 });
});
