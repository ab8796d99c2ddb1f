import type { Edit } from './edits.ts';

/** Something that can be taken out of the project, described as what has to go. */
export interface Feature {
  readonly name: string;
  /** For people who wonder whether they need it. */
  readonly about: string;
  /** Files, folders with all their files, and glob patterns. Each must match something. Imports of removed files are removed too. */
  readonly files: readonly string[];
  /** What else speaks of it. A file that goes with another feature needs no edit; an edit that two features name is made once. */
  readonly edits: readonly (readonly [file: string, ...edits: Edit[]])[];
  /** Packages that nothing else needs. */
  readonly packages?: readonly string[];
}
