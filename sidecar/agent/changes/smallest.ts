/** The smallest of some numbers, however many; infinite when there is none. A spread into Math.min ends the program at some 120,000. */
export const smallest = (numbers: Iterable<number>): number => {
  let least = Number.POSITIVE_INFINITY;
  for (const number of numbers) if (number < least) least = number;
  return least;
};
