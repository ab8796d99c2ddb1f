const MASK = '***';

/**
 * Prefilter: a line that does not match contains nothing to mask. Most lines do not match, so keep this cheap. Grouping by
 * the first letter saves a third: with fewer alternatives, each character is compared less often.
 */
const CANDIDATE =
  /a(?:uthoriz|(?:pi|ccess)[-_. ]?key)|b(?:asic |earer)|c(?:ookie|redential)|e(?:ncryption[-_. ]?key|yJ)|jwt|p(?:ass(?:phrase|w)|rivate[-_. ]?key|wd)|s(?:ecret|igning[-_. ]?key)|token|:\/\/[^\s"/]*@/i;

/** Names of fields whose values are masked, with any case, prefix (`x-`, `client_`, `new`) and separators. */
const SECRET_NAME =
  /authorization$|cookie|tokens?$|passw(?:or)?d|passphrase|pwd$|secret|(?:api|access|private|signing|encryption)[-_. ]?key|credentials?$|jwt$/i;

const HEADER_NAME = /^[\w-]{1,60}$/;

/** Secrets inside strings, with their replacements. All patterns run in linear time. */
const IN_TEXT: readonly [RegExp, string][] = [
  [/\b(bearer|negotiate)\s+[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  // Must not match "basic authentication": encoded credentials contain a digit, a capital letter or padding.
  [/\b(basic)\s+(?=[a-z+/]{0,400}[\dA-Z=])[\w+/=]{8,}/g, `$1 ${MASK}`],
  [/\b(Basic|BASIC)\s+(?=[a-z+/]{0,400}[\dA-Z=])[\w+/=]{8,}/g, `$1 ${MASK}`],
  // A JWS or JWE in compact form (RFC 7515 §3.1), which starts with `eyJ`: its header is a JSON object in base64url.
  [/\beyJ[\w-]{4,}\.[\w-]+\.[\w.-]*/g, MASK],
  // User information in a URL (RFC 3986 §3.2.1).
  [/(:\/\/)[^\s"/@\\]{1,400}@/g, `$1${MASK}@`],
  // A query parameter, a form field or a connection string.
  [/((?:token|password|passwd|secret|api[-_]?key)=)[^&\s"'\\;,]+/gi, `$1${MASK}`],
  // A field of JSON encoded in a string.
  [
    /(\\"[\w-]{0,40}(?:authorization|cookie|token|password|secret|api[-_]?key)\\"\s{0,4}:\s{0,4}\\")(?:[^"\\]|\\\\\\?.)+/gi,
    `$1${MASK}`,
  ],
];

/**
 * Masks secrets in a line of JSON: the values of fields with a secret's name at any depth, values that follow such a
 * name in an array (like Node's `rawHeaders`), and credentials inside strings. Booleans and null are kept.
 *
 * Works on the serialized line rather than on objects, so that it sees exactly what is written. A line without secrets
 * costs one search.
 */
export function maskSecrets(line: string): string {
  if (!CANDIDATE.test(line)) return line;
  let masked = '';
  let copied = 0;

  /** Replaces the text between the two positions. */
  function replace(from: number, to: number, text: string): number {
    masked += line.slice(copied, from) + text;
    copied = to;
    return to;
  }

  let next = 0;
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', next)) {
    const end = endOfString(line, at);
    const text = line.slice(at + 1, end);
    next = end + 1;
    if (line[next] === ':') {
      if (!SECRET_NAME.test(text)) continue;
      const valueEnd = endOfValue(line, next + 1);
      const isSecret = !/^(?:true|false|null)$/.test(line.slice(next + 1, Math.min(valueEnd, next + 8)));
      next = isSecret ? replace(next + 1, valueEnd, `"${MASK}"`) : valueEnd;
      continue;
    }
    if (HEADER_NAME.test(text) && SECRET_NAME.test(text) && line.startsWith(',"', next)) {
      const valueEnd = endOfString(line, next + 1) + 1;
      // A string followed by a colon is a field name, so the text before it was the value of another field.
      if (line[valueEnd] !== ':') next = replace(next + 1, valueEnd, `"${MASK}"`);
      continue;
    }
    const rest = maskText(text);
    if (rest !== text) replace(at + 1, end, rest);
  }
  return masked + line.slice(copied);
}

function maskText(text: string): string {
  if (!CANDIDATE.test(text)) return text;
  return IN_TEXT.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** Returns the position of the closing quote of the string that starts at `start`. */
function endOfString(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end !== -1; end = line.indexOf('"', end + 1)) {
    let before = end - 1;
    while (line[before] === '\\') before--;
    if ((end - before) % 2 === 1) return end;
  }
  return line.length;
}

/** Returns the position after the JSON value that starts at `start`. */
function endOfValue(line: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < line.length) {
    const char = line[at];
    if (char === '"') at = endOfString(line, at);
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (depth === 0 && char === ',') return at;
    // A number or literal ends before the enclosing bracket; a string, object or array ends with its own.
    if (depth < 0) return at;
    at++;
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at;
  }
  return at;
}
