/** `role=permission`: who has the role may do what the permission names. */
export const GRANT_PATTERN = /^([^\s=,]+)=([^\s=,]+)$/;

/** Permissions by role, from `role=permission` entries. */
export function readGrants(grants: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const byRole = new Map<string, string[]>();
  for (const grant of grants) {
    const [, role = '', permission = ''] = GRANT_PATTERN.exec(grant) ?? [];
    byRole.set(role, [...(byRole.get(role) ?? []), permission]);
  }
  return byRole;
}

/** Claims that hold one string with spaces: by RFC 9068 §2.2.3, and as Microsoft Entra ID names it. */
const SPACE_SEPARATED = ['scope', 'scp'];

/**
 * The roles that a token's claims name. `claim` is the name of a claim, or a path to one inside others, with dots:
 * `realm_access.roles`. It holds an array of strings; `scope` and `scp` also one string with spaces between the
 * roles. Anything else names no role: what is not understood gives no rights.
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
