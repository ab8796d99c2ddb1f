import type { Edit } from './edits.ts';

/** Something that can be taken out of the project, described as what has to go. */
export interface Feature {
  readonly name: string;
  /** For people who wonder whether they need it. */
  readonly about: string;
  /** Files, and folders with all that is in them; what imports them loses the import. Each must be there. */
  readonly files: readonly string[];
  /** What else speaks of it. A file that goes with another feature needs no edit; an edit that two features name is made once. */
  readonly edits: readonly (readonly [file: string, ...edits: Edit[]])[];
  /** Packages that nothing else needs. */
  readonly packages?: readonly string[];
}
