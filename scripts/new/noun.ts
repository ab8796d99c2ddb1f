/** A noun in kebab case: `order-item`, `order-items`. A job or a client has one form for both. */
export interface Noun {
  readonly singular: string;
  readonly plural: string;
}

const KEBAB_CASE = /^(?=.{1,50}$)[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/;

/** Plurals, and words that look like one, whose singular does not follow from their ending. */
const IRREGULAR = new RegExp(
  [
    '[^s]$|ss$|us$|(?<![jkp])is$|news$|series$|species$|means$|lens$|(?:ali|atl|canv|bi|g)as$', // may not be a plural
    '(?:mov|cook|calor|zomb|self|hood|brown|smooth|rook|gen|^t|^p|^l|^d)ies$', // movie, not movy
    '(?:kni|(?<!o)li|wi|shel|hal|cal|lea|loa|thie|sel|wol|scar|hoo)ves$', // shelf, not shelve
    '(?:ind|vert|matr|append|vort)ices$', // index, not indice
    'oes$|^axes$|lenses$|zzes$|[^aeo]uses$|(?:ali|atl|canv|bi|g|o)ases$|[eoy]ses$|crises$|irises$',
    '(?:^ca|ni|avalan|mousta|ea?da|^a)ches$', // cache, not cach
  ].join('|'),
);

/**
 * Returns the noun of a plural.
 *
 * @throws Error with the reason if the plural or its singular cannot be used.
 */
export function nounOf(plural: string, singular = singularOf(plural)): Noun {
  assertName(plural);
  if (singular === undefined)
    throw new Error(`"${plural}": cannot derive the singular of this plural; add --singular NOUN`);
  assertName(singular);
  if (singular === plural) throw new Error(`"${plural}": the plural and the singular must differ`);
  return { singular, plural };
}

/** Returns the singular of a regular plural, or undefined if it cannot be known from the plural. */
export function singularOf(plural: string): string | undefined {
  const lastWord = plural.slice(plural.lastIndexOf('-') + 1);
  if (IRREGULAR.test(lastWord)) return undefined;
  if (/[^aeiou]ies$/.test(plural)) return plural.replace(/ies$/, 'y');
  return plural.replace(/(?<=ss|x|tz|ch|sh)es$|s$/, '');
}

/**
 * Returns the noun of a kind of the Kubernetes API, which is named in the singular.
 *
 * @throws Error with the reason if the name cannot be used.
 */
export function kindOf(singular: string): Noun {
  assertName(singular);
  // As the API server's own names and `kubebuilder` do: policies, ingresses, endpointslices.
  const plural = singular.replace(/([^aeiou])y$/, '$1ie').replace(/(s|x|z|ch|sh)$/, '$1e');
  return { singular, plural: `${plural}s` };
}

/**
 * Returns the name of a job or a client as a noun with one form.
 *
 * @throws Error with the reason if the name cannot be used.
 */
export function nameOf(name: string): Noun {
  assertName(name);
  return { singular: name, plural: name };
}

function assertName(name: string): void {
  if (KEBAB_CASE.test(name)) return;
  throw new Error(
    `"${name}": expected lower-case words of letters and digits, separated by hyphens, up to 50 characters`,
  );
}

/** The noun that the templates are written with. It has two words, so that each form is spelled differently. */
const PLACEHOLDER = /(?:\b([Aa]) )?[Ss]ample[ _-]?[Tt]hing(s?)/g;

/**
 * Replaces the placeholder in each of its forms: `sampleThing`, `SampleThings`, `sample-thing`, `sample_things`, `samplethings`,
 * `a sample thing`.
 *
 * @param code the noun of identifiers and schema names. Default: the noun itself.
 */
export function withNoun(text: string, noun: Noun, code: Noun = noun): string {
  return text.replaceAll(PLACEHOLDER, (found: string, article: string | undefined, plural: string) => {
    const form = plural === '' ? 'singular' : 'plural';
    if (found.startsWith('samplet')) return noun[form].replaceAll('-', '');
    if (/e[Tt]hing/.test(found)) return found.startsWith('S') ? pascalCase(code[form]) : camelCase(code[form]);
    if (found.includes('-')) return noun[form];
    if (found.includes('_')) return noun[form].replaceAll('-', '_');
    const words = noun[form].replaceAll('-', ' ');
    if (article !== undefined) return `${article}${hasVowelSound(words) ? 'n' : ''} ${words}`;
    return found.startsWith('S') ? capitalized(words) : words;
  });
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_hyphen, letter: string) => letter.toUpperCase());
}

function pascalCase(name: string): string {
  return capitalized(camelCase(name));
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Reports whether the article is "an". A word without vowels is read as letters: an SSH key, an HTML page. */
function hasVowelSound(text: string): boolean {
  const startsWithVowel = /^(?!eu|one|once|u[fikx]\b|uni(?!n|m)|ur[il]|us[abeu]|ut[ei]|uu)[aeiou]/;
  return startsWithVowel.test(text) || /^(?:heir|hono|honest|hour|[fhlmnrsx][^aeiouy ]*\b)/.test(text);
}
