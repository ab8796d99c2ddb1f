/** Who is responsible for the service, read from the text that was given to init. */
export interface Owner {
  /** For people: `Team Checkout`, `@org/checkout`. */
  readonly name: string;
  /** Where it can be reached, if the text has one address. */
  readonly email?: string;
  /** In the form that CODEOWNERS requires: `@user`, `@org/team` and addresses. Empty if the text has none. */
  readonly codeOwners: readonly string[];
}

const EMAIL = /^[\w.%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;
/** A user, a team of GitHub, or a group of GitLab at any depth. */
const HANDLE = /^@[a-z0-9](?:[\w.-]*\w)?(?:\/[\w.-]*\w)*$/i;
/** `Team Checkout <checkout@example.com>`, as git and npm write it. */
const NAME_AND_EMAIL = /^(?<name>.*\S)\s*<(?<email>[^<>\s]+)>$/u;

const MAX_CHARACTERS = 200;

/** Returns why this cannot be the owner of a service, or undefined if it can. */
export function problemWithOwner(text: string): string | undefined {
  const owner = text.trim();
  if (owner === '') return 'expected the name of a team or person, such as "Team Checkout" or @org/checkout';
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFFD]/u.test(owner)) return 'expected one line of text';
  if (!/[\p{L}\p{N}]/u.test(owner)) return 'expected a name with at least one letter or digit';
  return owner.length > MAX_CHARACTERS ? `it may have at most ${MAX_CHARACTERS} characters` : undefined;
}

/** Reads `Team Checkout`, `Team Checkout <checkout@example.com>`, `@org/checkout` or `@ada, grace@example.com`. */
export function readOwner(text: string): Owner {
  const owner = text.trim();
  const { name, email } = NAME_AND_EMAIL.exec(owner)?.groups ?? {};
  if (name !== undefined && email !== undefined && EMAIL.test(email)) {
    return { name, email, codeOwners: [...(HANDLE.test(name) ? [name] : [email])] };
  }
  const words = owner.split(/[\s,;]+/).filter((word) => word !== '');
  const areCodeOwners = words.every((word) => EMAIL.test(word) || HANDLE.test(word));
  const [address, ...others] = words.filter((word) => EMAIL.test(word));
  return {
    name: owner,
    ...(areCodeOwners && address !== undefined && others.length === 0 && { email: address }),
    codeOwners: areCodeOwners ? words : [],
  };
}
