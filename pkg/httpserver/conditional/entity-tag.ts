/** An entity tag of a request (RFC 9110 §8.8.3): the text between the quotes, and whether `W/` precedes them. */
export interface EntityTag {
  opaque: string;
  weak: boolean;
}

/** Value of `If-Match` or `If-None-Match`: any current representation, or one of those listed. */
export type EntityTags = '*' | readonly EntityTag[];

/** Returns the header form of a strong entity tag. `opaque` is printable ASCII without spaces and quotes. */
export function formatEntityTag(opaque: string): string {
  return `"${opaque}"`;
}

// One member of a list, with the comma that ends it. Sticky: a match stops at anything malformed. A tag may contain
// commas, so the value cannot be split at them. Further commas are the empty members that RFC 9110 §5.6.1 permits.
const LIST_MEMBER = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?:,[\t ,]*|$)/gy;

/** Parses `*` or a list of entity tags, as a request's header value; undefined if it is neither. */
export function parseEntityTags(value: string): EntityTags | undefined {
  if (value.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let parsedLength = 0;
  for (const [member, weak, opaque = ''] of value.matchAll(LIST_MEMBER)) {
    tags.push({ opaque, weak: weak !== undefined });
    parsedLength += member.length;
  }
  return tags.length > 0 && parsedLength === value.length ? tags : undefined;
}

/** Strong comparison (RFC 9110 §8.8.3.2) with the strong entity tag whose opaque value is `current`. */
export function matchesStrongly(tags: readonly EntityTag[], current: string): boolean {
  return tags.some((tag) => !tag.weak && tag.opaque === current);
}

/** Weak comparison (RFC 9110 §8.8.3.2) with the entity tag whose opaque value is `current`. */
export function matchesWeakly(tags: readonly EntityTag[], current: string): boolean {
  return tags.some((tag) => tag.opaque === current);
}
