const labelLimit = 50;

const toLabel = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, labelLimit)
    .replace(/^-+|-+$/g, '') || 'target';

/** Names for targets that were given none: a DNS label of what they are, numbered where two would be the same. */
export const nameTargets = (
  targets: readonly { readonly name: string | undefined; readonly what: string }[],
): string[] => {
  const taken = new Set(targets.map((target) => target.name));
  return targets.map(({ name, what }) => {
    if (name !== undefined) return name;
    const label = toLabel(what);
    let free = label;
    for (let number = 2; taken.has(free); number += 1) free = `${label}-${number}`;
    taken.add(free);
    return free;
  });
};
