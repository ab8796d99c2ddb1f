/** `role=permission`: grants the permission to the role. */
export const GRANT_PATTERN = /^([^\s=,]+)=([^\s=,]+)$/;

/** Parses `role=permission` entries into permissions by role. */
export function readGrants(grants: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byRole = new Map<string, string[]>();
  for (const grant of grants) {
    const [, role = '', permission = ''] = GRANT_PATTERN.exec(grant) ?? [];
    byRole.set(role, [...(byRole.get(role) ?? []), permission]);
  }
  return byRole;
}

/** Claims that contain a space-separated string: `scope` by RFC 9068 §2.2.3, `scp` in Microsoft Entra ID. */
const SPACE_SEPARATED = ['scope', 'scp'];

/**
 * Returns the roles in a token's claims. `claim` is the name of a claim or a dotted path to a nested one, such as
 * `realm_access.roles`. The claim must be an array of strings; `scope` and `scp` may also be a space-separated string.
 * Any other value yields no roles, and so grants nothing.
 */
export function rolesIn(claims: object, claim: string): readonly string[] {
  const value = Object.hasOwn(claims, claim) ? memberOf(claims, claim) : claim.split('.').reduce(memberOf, claims);
  if (Array.isArray(value) && value.every((role) => typeof role === 'string')) return value;
  if (SPACE_SEPARATED.includes(claim) && typeof value === 'string')
    return value.split(' ').filter((role) => role !== '');
  return [];
}

function memberOf(parent: unknown, name: string): unknown {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) return undefined;
  return Reflect.get(parent, name);
}

export function permissionsOf(
  roles: readonly string[],
  grants: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  return new Set(roles.flatMap((role) => grants.get(role) ?? []));
}
