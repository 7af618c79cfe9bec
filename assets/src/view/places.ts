// Where the dots of the living picture stand: those who have the page as the
// seeds of a sunflower do, so that any number of them fills a round place
// evenly; those who wait for it in a circle around them, as around a fire.

/** A place in a square that is 100 wide, its middle at 0, 0; and the radius of a dot there. */
export interface Place {
  x: number;
  y: number;
  size: number;
}

/** How many stand around the dot in the middle: of those who have the page, and of those who wait for it. */
export interface Crowd {
  holders: number;
  waiting: number;
}

/** No more dots than that, the one in the middle included. The numbers beside it go on. */
export const mostDots = 60;

const goldenAngle = Math.PI * (3 - Math.sqrt(5));

/** How far from the middle those who wait stand, and how far the others may, with and without them. */
const circle = 43;
const within = 31;
const withoutCircle = 44;

/** Those of a crowd who are drawn: if there are too many, some of both kinds. */
export function drawn({ holders, waiting }: Crowd): Crowd {
  const room = mostDots - 1;
  const fewWaiting = Math.min(waiting, Math.max(12, room - holders));
  return { holders: Math.min(holders, room - fewWaiting), waiting: fewWaiting };
}

/** The place in the middle, then those of the holders from the middle outwards, then those who wait. */
export function placesOf({ holders, waiting }: Crowd): Place[] {
  const radius = waiting > 0 ? within : withoutCircle;
  const spacing = Math.min(24, radius / (Math.sqrt(holders + 0.8) + 0.34));
  const places = [{ x: 0, y: 0, size: holders === 0 ? 16 : spacing * 0.46 }];
  for (let i = 1; i <= holders; i++) {
    places.push(at(spacing * Math.sqrt(i + 0.8), i * goldenAngle - Math.PI / 3, spacing * 0.34));
  }
  const size = Math.min(5, (0.8 * Math.PI * circle) / Math.max(1, waiting));
  // The first of them stands below the middle.
  for (let i = 0; i < waiting; i++) places.push(at(circle, Math.PI / 2 + (2 * Math.PI * i) / waiting, size));
  return places;
}

function at(distance: number, angle: number, size: number): Place {
  return { x: distance * Math.cos(angle), y: distance * Math.sin(angle), size };
}
