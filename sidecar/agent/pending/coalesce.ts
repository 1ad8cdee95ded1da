/**
 * What one name still has to be made equal for.
 * - `created`: as `content`, and its first event was its creation, so that the target has nothing to rename.
 * - `replaced`: what the target has under this name may be another thing: all of it, and all below, has to be sent.
 * - `remade`: the same, and what the target has is surely gone: it went, and the name is there again.
 * - `moved-away`: gone by a rename that is handed over with it; to be deleted only if that rename fails.
 */
export type MarkKind = 'none' | 'attributes' | 'created' | 'content' | 'replaced' | 'remade' | 'delete' | 'moved-away';

/** What can happen to a name, moves already taken apart. */
export type MarkEvent = 'attributes' | 'create' | 'content' | 'delete' | 'subtree';

/**
 * Pending kind × event → pending kind. `subtree` beside a name's own kind is a flag, so that here it only shows where
 * it changes the kind: a name that went and is there again is another thing. Content stays noted below a subtree,
 * because comparing a subtree by size and time misses a rewrite that kept both.
 */
export const coalesce: Readonly<Record<MarkKind, Readonly<Record<MarkEvent, MarkKind>>>> = {
  none: { attributes: 'attributes', create: 'created', content: 'content', delete: 'delete', subtree: 'none' },
  attributes: { attributes: 'attributes', create: 'content', content: 'content', delete: 'delete', subtree: 'none' },
  created: { attributes: 'created', create: 'created', content: 'created', delete: 'delete', subtree: 'created' },
  content: { attributes: 'content', create: 'content', content: 'content', delete: 'delete', subtree: 'content' },
  replaced: { attributes: 'replaced', create: 'replaced', content: 'replaced', delete: 'delete', subtree: 'replaced' },
  remade: { attributes: 'remade', create: 'remade', content: 'remade', delete: 'delete', subtree: 'remade' },
  delete: { attributes: 'remade', create: 'remade', content: 'remade', delete: 'delete', subtree: 'remade' },
  'moved-away': {
    attributes: 'replaced',
    create: 'replaced',
    content: 'replaced',
    delete: 'delete',
    subtree: 'replaced',
  },
};

/** Kinds that say all there is to say about everything below them. */
export const coversBelow = (kind: MarkKind): boolean =>
  kind === 'replaced' || kind === 'remade' || kind === 'delete' || kind === 'moved-away';

/** What a name that went becomes when something is seen at or below it again. */
export const thereAgain = (kind: MarkKind): MarkKind =>
  kind === 'delete' || kind === 'remade' ? 'remade' : 'replaced';

/** The event that brings an unmarked name to a kind: how an older mark is put beneath a newer one. */
export const eventOfKind: Readonly<Record<'attributes' | 'created' | 'content', MarkEvent>> = {
  attributes: 'attributes',
  created: 'create',
  content: 'content',
};
