import type { Edit } from './edits.ts';

/** An optional part of the project, described by what its removal deletes and edits. */
export interface Feature {
  readonly name: string;
  /** Shown by the prompt and by `--help`. */
  readonly about: string;
  /** Files, folders with all their files, and glob patterns to delete. Each must match. `withoutMentions` removes what names them. */
  readonly files: readonly string[];
  /** Other mentions. Not applied to deleted files; an edit of one file that two features share is applied once. */
  readonly edits: readonly (readonly [file: string, ...edits: Edit[]])[];
  /** Packages to uninstall: those that nothing else uses. */
  readonly packages?: readonly string[];
}
